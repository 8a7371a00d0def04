import { type SessionClientOptions, SessionEndedError, SessionError } from '../../client';
import { failure, hurry, type Script, scriptedApi, sessionEnded, success, tokenWith, USER_PATH } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const onSessionEnded = jest.fn();
const given = (scripts: Script[], options: Partial<SessionClientOptions> = {}) => {
  api = scriptedApi(...scripts);
  return api.client({ onSessionEnded, ...options });
};
const failureOf = (call: Promise<unknown>): Promise<any> =>
  call.then(
    () => Promise.reject(new Error('The call was expected to fail.')),
    (error: unknown) => error,
  );
const requests = () => api.received.map(({ method, url }) => `${method} ${url.replace(USER_PATH, '…')}`);

const FIRST = tokenWith({ origin_jti: 'first' });
const FIRST_REFRESHED = tokenWith({ origin_jti: 'first', iat: 2 });
const SECOND = tokenWith({ origin_jti: 'second' });

/** A promise, and what settles it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

beforeEach(hurry);
afterEach(() => {
  jest.useRealTimers();
  onSessionEnded.mockReset();
  api.close();
});

describe('After an ended session', () => {
  test('the reason is passed on: to the call, and to onSessionEnded', async () => {
    const client = given([sessionEnded('ended')]);

    const error = await failureOf(client.list());

    expect(error).toBeInstanceOf(SessionEndedError);
    expect(error).toMatchObject({ reason: 'ended', details: { reason: 'ended' } });
    expect(onSessionEnded.mock.calls).toEqual([[error]]);
  });

  test('new tokens of the same provider session do not loop: nothing registers by itself', async () => {
    const ended = Array.from({ length: 10 }, () => sessionEnded('ended'));
    const tokens = [1, 2, 3, 4, 5, 6].map((iat) => tokenWith({ sid: 'provider session', iat }));
    const client = given(ended, { token: () => tokens.shift() ?? '' });

    await failureOf(client.register());
    await failureOf(client.list());

    expect(requests()).toEqual(['POST …', 'GET …']);
  });

  test('a reason that is missing or newer than this client does not register', async () => {
    const client = given([failure(401, 'SESSION_ENDED'), failure(401, 'SESSION_ENDED', {}, { reason: 'moved' })]);

    const errors = [await failureOf(client.list()), await failureOf(client.list())];

    expect(errors.map(({ reason }) => reason)).toEqual([undefined, undefined]);
    expect(requests()).toEqual(['GET …', 'GET …']);
  });
});

describe('A sign-in that has never registered', () => {
  test('is registered once, and the call goes on', async () => {
    const client = given([sessionEnded('never-registered'), success({ id: 'session-1' }), success([])]);

    expect(await client.list()).toEqual({ sessions: [] });

    expect(requests()).toEqual(['GET …', 'POST …', 'GET …']);
    expect(api.received[1]?.body).toEqual({ userAgent: expect.any(String) });
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('is registered with what the page last asked for, such as a session for a day only', async () => {
    const client = given([
      failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' }),
      sessionEnded('never-registered'),
      success({ id: 'session-1' }),
      success([]),
    ]);

    await failureOf(client.register({ maxHours: 24, userAgent: 'Kiosk', loginTime: '2026-11-23T12:00:00Z' }));
    await client.list();

    expect(api.received[2]?.body).toEqual({ maxHours: 24, userAgent: 'Kiosk' });
  });

  test('is registered once for all calls that find it out', async () => {
    const never = sessionEnded('never-registered');
    const client = given([never, never, success({ id: 'session-1' }), success([]), success([])]);

    await Promise.all([client.list(), client.cleanups()]);

    expect(requests().filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  test('is not registered a second time if the API says so again', async () => {
    const never = sessionEnded('never-registered');
    const client = given([never, success({ id: 'session-1' }), never, never, never]);

    const errors = [await failureOf(client.list()), await failureOf(client.list())];

    expect(errors.map(({ reason }) => reason)).toEqual(['never-registered', 'never-registered']);
    expect(requests().filter((request) => request.startsWith('POST'))).toHaveLength(1);
    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test('says why if the registration is refused, and is not registered again', async () => {
    const never = sessionEnded('never-registered');
    const client = given([never, failure(409, 'SESSION_LIMIT_EXCEEDED'), never]);

    const errors = [await failureOf(client.list()), await failureOf(client.list())];

    expect(errors.map(({ code }) => code)).toEqual(['SESSION_LIMIT_EXCEEDED', 'SESSION_LIMIT_EXCEEDED']);
    expect(requests()).toEqual(['GET …', 'POST …', 'GET …']);
  });

  test('is registered by a later call if the first registration failed for the moment', async () => {
    const never = sessionEnded('never-registered');
    const busy = failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' });
    const client = given([never, busy, never, success({ id: 'session-1' }), success([])]);

    const first = await failureOf(client.list());

    expect(first.code).toBe('TRY_AGAIN');
    expect(await client.list()).toEqual({ sessions: [] });
  });

  test.each([
    ['the same token', FIRST],
    ['a refreshed one', FIRST_REFRESHED],
  ])('is not registered by a call that the person’s logout with %s has overtaken', async (_, atLogout) => {
    const { opened, open } = gate();
    const tokens = [FIRST];
    const late = { ...sessionEnded('never-registered'), after: opened };
    const client = given([late, success({ message: '' }), success({ id: 'session-1' }), success([])], {
      token: () => tokens.shift() ?? atLogout,
    });

    const listed = failureOf(client.list());
    await api.until(1);
    await client.logout();
    open();

    expect(await listed).toMatchObject({ reason: 'never-registered' });
    expect(requests()).toEqual(['GET …', 'POST /dev/logout']);
  });

  test.each<[string, Script[]]>([
    ['a busy database', [failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' })]],
    ['too many requests', [failure(429, 'TOO_MANY_REQUESTS', { 'Retry-After': '3600' })]],
    ['a broken connection', ['cut', 'cut', 'cut']],
    ['an error of the API', [failure(500, 'INTERNAL_SERVER_ERROR')]],
    ['a redirect', [{ status: 399, body: '' }]],
  ])('is registered by the next call if the first registration failed by %s', async (_, failing) => {
    const never = sessionEnded('never-registered');
    const client = given([never, ...failing, never, success({ id: 'session-1' }), success([])]);

    await failureOf(client.list());

    expect(await client.list()).toEqual({ sessions: [] });
  });

  test('is registered by the next call if there was no token for the first registration', async () => {
    const never = sessionEnded('never-registered');
    let asked = 0;
    const client = given([never, never, success({ id: 'session-1' }), success([])], {
      token() {
        asked += 1;
        if (asked === 2) throw new Error('The storage is locked.');
        return FIRST;
      },
    });

    expect(await failureOf(client.list())).toEqual(new Error('The storage is locked.'));
    expect(await client.list()).toEqual({ sessions: [] });
  });

  test.each([400, 409, 499])('is not registered again after a refusal with status %s', async (status) => {
    const never = sessionEnded('never-registered');
    const client = given([never, failure(status, 'INVALID_PROFILE_DATA'), never, never]);

    await failureOf(client.list());
    await failureOf(client.list());

    expect(requests()).toEqual(['GET …', 'POST …', 'GET …']);
  });

  test('is not registered once more because the registration itself, or a logout, finds it out', async () => {
    const never = sessionEnded('never-registered');
    const client = given([never, never]);

    expect(await failureOf(client.register())).toMatchObject({ reason: 'never-registered' });
    expect(await client.logout()).toMatchObject({ ended: false, error: { reason: 'never-registered' } });
    expect(requests()).toEqual(['POST …', 'POST /dev/logout']);
  });

  test('is not registered by a call after the logout with its token', async () => {
    const client = given([success({ message: '' }), sessionEnded('never-registered'), success({ id: 'session-1' })], {
      token: () => FIRST,
    });

    await client.logout();

    expect(await failureOf(client.list())).toMatchObject({ reason: 'never-registered' });
    expect(requests()).toEqual(['POST /dev/logout', 'GET …']);
  });

  test('stays registered, whatever becomes of the late registration of an earlier sign-in', async () => {
    const { opened, open } = gate();
    const never = sessionEnded('never-registered');
    let token = FIRST;
    const late = { ...failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' }), after: opened };
    const client = given([never, late, never, failure(409, 'SESSION_LIMIT_EXCEEDED'), never], { token: () => token });

    const first = failureOf(client.list());
    await api.until(2);
    token = SECOND;
    await failureOf(client.list());
    open();
    await first;
    await failureOf(client.list());

    expect(requests()).toEqual(['GET …', 'POST …', 'GET …', 'POST …', 'GET …']);
  });

  test('is told of by the registration’s own refusal: it had a session that has ended', async () => {
    const client = given([sessionEnded('never-registered'), sessionEnded('ended')]);

    expect(await failureOf(client.list())).toMatchObject({ reason: 'ended' });
    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });
});

describe('onSessionEnded', () => {
  test('is not called by a late answer to a token of an earlier sign-in', async () => {
    const { opened, open } = gate();
    let token = FIRST;
    const client = given([{ ...sessionEnded('ended'), after: opened }], { token: () => token });

    const late = failureOf(client.list());
    await api.until(1);
    token = SECOND;
    open();

    expect(await late).toBeInstanceOf(SessionEndedError);
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('is called although the token was refreshed meanwhile: it is the same sign-in', async () => {
    const tokens = [FIRST];
    const client = given([sessionEnded('ended')], { token: () => tokens.shift() ?? FIRST_REFRESHED });

    await failureOf(client.list());

    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test('is not called once nobody is signed in any more', async () => {
    const tokens = [FIRST];
    const client = given([sessionEnded('ended')], {
      token: () => tokens.shift() ?? Promise.reject(new Error('Nobody is signed in.')),
    });

    expect(await failureOf(client.list())).toBeInstanceOf(SessionEndedError);
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('is not called because of one’s own logout: before, during or after it', async () => {
    const { opened, open } = gate();
    const ended = sessionEnded('ended');
    const before = { ...ended, after: opened };
    const client = given([before, before, success({ message: '' }), ended, ended], { token: () => FIRST });

    const late = [failureOf(client.list())];
    await api.until(1);
    late.push(failureOf(client.list()));
    await api.until(2);
    await client.logout({
      clear: async () => {
        expect(await failureOf(client.list())).toBeInstanceOf(SessionEndedError);
      },
    });
    open();
    await Promise.all(late);
    await failureOf(client.list());

    expect(api.received).toHaveLength(5);
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('is not called because of one’s own logout with a refreshed token: neither during nor after it', async () => {
    const { opened, open } = gate();
    let token = FIRST;
    const ended = sessionEnded('ended');
    const client = given([{ ...ended, after: opened }, success({ message: '' }), ended], { token: () => token });

    const late = failureOf(client.list());
    await api.until(1);
    token = FIRST_REFRESHED;
    await client.logout({
      clear: async () => {
        token = FIRST;
        await failureOf(client.list());
      },
    });
    open();

    expect(await late).toMatchObject({ reason: 'ended' });
    expect(api.received).toHaveLength(3);
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('is called again for a sign-in that has logged out, once it is used again with another token', async () => {
    let token = FIRST;
    const client = given([success({ message: '' }), sessionEnded('ended')], { token: () => token });

    await client.logout();
    token = FIRST_REFRESHED;
    await failureOf(client.list());

    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test('is not called a second time because another sign-in’s call succeeded meanwhile', async () => {
    let token = FIRST;
    const ended = sessionEnded('ended');
    const client = given([ended, success([]), ended], { token: () => token });

    await failureOf(client.list());
    token = SECOND;
    await client.list();
    token = FIRST;
    await failureOf(client.list());

    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test('need not be there', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given([sessionEnded('ended')], { onSessionEnded: undefined });

    expect(await failureOf(client.list())).toBeInstanceOf(SessionEndedError);

    expect(reported).not.toHaveBeenCalled();
    reported.mockRestore();
  });

  test('that fails is reported as the browser reports what nobody catches', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const reportError = jest.fn();
    Object.defineProperty(globalThis, 'reportError', { value: reportError, configurable: true });
    const client = given([sessionEnded('ended')], { onSessionEnded: () => fail('The page broke.') });

    await failureOf(client.list());
    Reflect.deleteProperty(globalThis, 'reportError');

    expect(reportError.mock.calls).toEqual([[new Error('The page broke.')]]);
    expect(reported).not.toHaveBeenCalled();
    reported.mockRestore();
  });

  test('is called for a sign-in after the logout, even one of the same provider session', async () => {
    let token = tokenWith({ sid: 'provider session', iat: 1 });
    const client = given([success({ message: '' }), sessionEnded('ended')], { token: () => token });

    await client.logout();
    token = tokenWith({ sid: 'provider session', iat: 2 });
    await failureOf(client.register());

    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['throws', () => fail('The page broke.')],
    ['rejects', () => Promise.reject(new Error('The page broke.'))],
    ['does not return', () => new Promise(() => undefined)],
  ])('does not change the call’s own result if it %s', async (_, handler) => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given([sessionEnded('ended')], { onSessionEnded: handler });

    expect(await failureOf(client.list())).toBeInstanceOf(SessionError);

    reported.mockRestore();
  });

  test('that fails is reported', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given([sessionEnded('ended')], { onSessionEnded: () => fail('The page broke.') });

    await failureOf(client.list());

    expect(reported).toHaveBeenCalledWith(new Error('The page broke.'));
    reported.mockRestore();
  });
});

describe('A call next to a registration', () => {
  test('waits for it', async () => {
    const { opened, open } = gate();
    const client = given([{ ...success({ id: 'session-1' }), after: opened }, success([])]);

    const registered = client.register();
    const listed = client.list();
    await api.until(1);
    open();
    await Promise.all([registered, listed]);

    expect(requests()).toEqual(['POST …', 'GET …']);
  });

  test('is sent all the same if it fails', async () => {
    const client = given([failure(500, 'INTERNAL_SERVER_ERROR'), success([])]);

    const registered = failureOf(client.register());

    expect(await client.list()).toEqual({ sessions: [] });
    expect(await registered).toMatchObject({ status: 500 });
  });

  test('waits no longer than its own time', async () => {
    const client = given(['hang']);

    const registered = failureOf(client.register());

    expect(await failureOf(client.list({ timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' });
    api.close();
    await registered;
  });

  test('that logs out does not wait', async () => {
    const client = given(['hang', success({ message: '' })]);

    const registered = failureOf(client.register());
    await api.until(1);

    expect(await client.logout()).toEqual({ ended: true });
    api.close();
    await registered;
  });
});

function fail(message: string): never {
  throw new Error(message);
}
