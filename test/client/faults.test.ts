import {
  CurrentSessionError,
  ForbiddenError,
  NetworkError,
  type SessionClientOptions,
  SessionEndedError,
  SessionError,
  SessionNotFoundError,
  TimeoutError,
  TryAgainError,
  UnauthorizedError,
} from '../../client';
import { failure, hurry, pass, type Script, scriptedApi, stopTime, success, TOKEN, USER_PATH } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const given = (scripts: Script[], options: Partial<SessionClientOptions> = {}) => {
  api = scriptedApi(...scripts);
  return api.client(options);
};
const failureOf = (call: Promise<unknown>): Promise<any> =>
  call.then(
    () => Promise.reject(new Error('The call was expected to fail.')),
    (error: unknown) => error,
  );

beforeEach(hurry);
afterEach(() => {
  jest.useRealTimers();
  api.close();
});

describe('What the client sends', () => {
  test('carries the token, and names the user that the token names', async () => {
    const client = given([success([])]);

    await client.list();

    expect(api.received).toEqual([
      { method: 'GET', url: USER_PATH, authorization: `Bearer ${TOKEN}`, body: undefined },
    ]);
  });

  test('goes to the same address whether or not the base has a slash at its end', async () => {
    const client = given([success([]), success([])]);

    await client.list();
    await api.client({ baseUrl: `${api.baseUrl}/` }).list();

    expect(api.received.map(({ url }) => url)).toEqual([USER_PATH, USER_PATH]);
  });

  test('escapes ids, and passes limit and cursor on', async () => {
    const client = given([success({ message: '' }), success([])]);

    await client.end('a/b?c', { userId: 'ada lovelace' });
    await client.list({ userId: 'ada', limit: 5, cursor: 'a=b&c' });

    expect(api.received.map(({ url }) => url)).toEqual([
      '/dev/users/ada%20lovelace/sessions/a%2Fb%3Fc',
      '/dev/users/ada/sessions?limit=5&cursor=a%3Db%26c',
    ]);
  });

  test('has a user agent, cut to what may be registered', async () => {
    const client = given([success({}), success({})], { userAgent: 'x'.repeat(2_000) });

    await client.register();
    await client.register({ userAgent: 'My App/1.0', loginTime: '2026-11-23T12:00:00.000Z' });

    expect(api.received.map(({ body }) => body)).toEqual([
      { userAgent: 'x'.repeat(1_000) },
      { userAgent: 'My App/1.0', loginTime: '2026-11-23T12:00:00.000Z' },
    ]);
  });

  test('has the name of the device, if there is one, cut to what may be registered', async () => {
    const answers = Array.from({ length: 4 }, () => success({}));
    const named = given(answers, { userAgent: 'Acme', deviceName: 'x'.repeat(2_000) });

    await named.register();
    await named.register({ deviceName: 'Work laptop' });
    await named.register({ deviceName: '' });
    const bodies = api.received.map(({ body }) => body);
    expect(bodies).toEqual([
      { userAgent: 'Acme', deviceName: 'x'.repeat(1_000) },
      { userAgent: 'Acme', deviceName: 'Work laptop' },
      { userAgent: 'Acme' },
    ]);
  });

  test('asks for the token at each try', async () => {
    const tokens = ['first', 'second'].map((name) => `${TOKEN}${name}`);
    const client = given([failure(503, 'TRY_AGAIN'), success([])], { token: () => tokens.shift() ?? '' });

    await client.list();

    expect(api.received.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${TOKEN}first`,
      `Bearer ${TOKEN}second`,
    ]);
  });

  test('is nothing at all when the token is none', async () => {
    const client = given([success([])], { token: () => 'no-token' });

    await expect(client.list()).rejects.toThrow('token() must give an ID or access token');
    expect(api.received).toEqual([]);
  });
});

describe('A refusal', () => {
  const cases = [
    ['SESSION_ENDED', 401, SessionEndedError],
    ['UNAUTHORIZED', 401, UnauthorizedError],
    ['SIGN_IN_TOO_OLD', 401, UnauthorizedError],
    ['UNAUTHORIZED_PROFILE_ACCESS', 403, ForbiddenError],
    ['SESSION_NOT_FOUND', 404, SessionNotFoundError],
    ['CANNOT_TERMINATE_CURRENT_SESSION', 400, CurrentSessionError],
    ['INTERNAL_SERVER_ERROR', 500, SessionError],
    ['A_CODE_OF_TOMORROW', 400, SessionError],
  ] as const;

  test.each(cases)('%s is an error of its class, with code, status and request id', async (code, status, Class) => {
    const client = given([failure(status, code)]);

    const error = await failureOf(client.end('session-1'));

    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ code, status, requestId: 'request-1', message: `It is ${code}.` });
    expect(api.received).toHaveLength(1);
  });

  test.each([
    ['a page', { status: 200, body: '<html>' }],
    ['another JSON', { status: 200, body: { sessions: [] } }],
    ['a failure without an envelope', { status: 403, body: { message: 'Forbidden' } }],
    ['a failure that does not say which', { status: 400, body: { success: false } }],
    ['a success with the status of a failure', { status: 400, body: { success: true, data: [] } }],
    ['null', { status: 200, body: 'null' }],
  ] as [string, Script][])('is what the client makes of %s', async (_, script) => {
    const client = given([script]);

    expect(await failureOf(client.list())).toMatchObject({ code: 'UNREADABLE_ANSWER' });
  });
});

describe('A passing failure', () => {
  test.each([
    ['503', failure(503, 'TRY_AGAIN')],
    ['429', failure(429, 'TOO_MANY_REQUESTS')],
    ['a broken connection', 'cut'],
  ] as [string, Script][])('of %s is tried again, until it is over', async (_, script) => {
    const client = given([script, script, success([])]);

    expect(await client.list()).toEqual({ sessions: [] });
    expect(api.received).toHaveLength(3);
  });

  test('that does not pass is told after the third try', async () => {
    const client = given([1, 2, 3, 4].map(() => failure(503, 'TRY_AGAIN')));

    expect(await failureOf(client.endOthers())).toBeInstanceOf(TryAgainError);
    expect(api.received).toHaveLength(3);
  });

  test('waits as long as Retry-After says', async () => {
    stopTime();
    const client = given([failure(429, 'TOO_MANY_REQUESTS', { 'Retry-After': '2' }), success([])]);

    const listed = client.list();
    await pass(1_999);
    const early = api.received.length;
    await pass(101);

    expect([early, api.received.length]).toEqual([1, 2]);
    expect(await listed).toEqual({ sessions: [] });
  });

  test('waits a quarter of a second, then half of one, and up to a tenth more', async () => {
    stopTime();
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.99);
    const client = given([failure(503, 'TRY_AGAIN'), failure(503, 'TRY_AGAIN'), success([])]);
    const sent: number[] = [];

    const listed = client.list();
    for (const milliseconds of [348, 1, 598, 1]) {
      await pass(milliseconds);
      sent.push(api.received.length);
    }
    random.mockRestore();

    expect(sent).toEqual([1, 2, 2, 3]);
    expect(await listed).toEqual({ sessions: [] });
  });

  test('that lasts just as long as the call may is told at once', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0);
    const client = given([failure(503, 'TRY_AGAIN', { 'Retry-After': '2' })], { timeoutMs: 2_000 });

    expect(await failureOf(client.list())).toMatchObject({ code: 'TRY_AGAIN' });
    random.mockRestore();
  });

  test.each([
    ['Mon, 23 Nov 2026 12:00:20 GMT', 20_000],
    ['Mon Nov 23 12:00:20 2026', 20_000],
    ['2026-11-23T12:00:20.000Z', 20_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['20', 20_000],
    ['soon', undefined],
  ])('reads the Retry-After “%s”', async (header, expected) => {
    hurry();
    const client = given([failure(503, 'TRY_AGAIN', { 'Retry-After': header })], { timeoutMs: 1 });

    expect((await failureOf(client.list())).retryAfterMs).toBe(expected);
  });

  test('that lasts longer than the call may is told at once', async () => {
    const client = given([failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' })]);

    expect(await failureOf(client.list())).toMatchObject({ code: 'TRY_AGAIN', retryAfterMs: 3_600_000 });
    expect(api.received).toHaveLength(1);
  });

  test('of the network is told as one when it stays', async () => {
    const client = given(['cut', 'cut', 'cut']);

    const error = await failureOf(client.list());
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      code: 'NETWORK_ERROR',
      message: 'The API could not be reached.',
      cause: new TypeError('fetch failed'),
    });
  });

  test('that hid an ending is none: the session is gone', async () => {
    const client = given(['cut', failure(404, 'SESSION_NOT_FOUND')]);

    await expect(client.end('session-1')).resolves.toBeUndefined();
  });

  test('of a busy database hides no ending: a session that is not found was not ended by this', async () => {
    const client = given([failure(503, 'TRY_AGAIN'), failure(404, 'SESSION_NOT_FOUND')]);

    expect(await failureOf(client.end('session-1'))).toBeInstanceOf(SessionNotFoundError);
  });
});

describe('A call', () => {
  test('that takes too long ends with its time', async () => {
    const client = given(['hang'], { timeoutMs: 50 });

    expect(await failureOf(client.list())).toBeInstanceOf(TimeoutError);
  });

  test('has its time for the token too', async () => {
    const client = given([], { timeoutMs: 50, token: () => new Promise<string>(() => undefined) });

    expect(await failureOf(client.list())).toBeInstanceOf(TimeoutError);
  });

  test('can be aborted while it waits for the answer', async () => {
    const client = given(['hang']);
    const controller = new AbortController();

    const error = failureOf(client.list({ signal: controller.signal }));
    controller.abort(new Error('The page is left.'));

    expect(await error).toEqual(new Error('The page is left.'));
  });

  test('can be aborted while it waits to try again', async () => {
    stopTime();
    const client = given([failure(503, 'TRY_AGAIN', { 'Retry-After': '10' }), success([])]);
    const controller = new AbortController();

    const error = failureOf(client.list({ signal: controller.signal }));
    await pass(9_000);
    controller.abort();

    expect(await error).toMatchObject({ name: 'AbortError' });
    expect(api.received).toHaveLength(1);
  });

  test('that was aborted before sends nothing', async () => {
    const client = given([success([])]);

    expect(await failureOf(client.list({ signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    expect(api.received).toEqual([]);
  });

  test('throws what the token function throws', async () => {
    const client = given([], { token: () => Promise.reject(new Error('Nobody is signed in.')) });

    await expect(client.list()).rejects.toThrow('Nobody is signed in.');
  });
});

describe('The hook for an ended session', () => {
  test('is called once, however many calls find it out, until one succeeds again', async () => {
    const ended = failure(401, 'SESSION_ENDED');
    const told: SessionEndedError[] = [];
    const client = given([ended, ended, success([]), ended], { onSessionEnded: (error) => told.push(error) });

    await Promise.all([failureOf(client.list()), failureOf(client.list())]);
    const afterTwo = told.length;
    await client.list();
    await failureOf(client.list());

    expect(afterTwo).toBe(1);
    expect(told).toHaveLength(2);
    expect(told[0]).toBeInstanceOf(SessionEndedError);
  });

  test('is not called for a token that is no good', async () => {
    const told = jest.fn();
    const client = given([failure(401, 'UNAUTHORIZED')], { onSessionEnded: told });

    await failureOf(client.list());

    expect(told).not.toHaveBeenCalled();
  });
});

describe('Logout', () => {
  test('ends the session, then clears', async () => {
    const order: string[] = [];
    const client = given([success({ message: '', sessionId: 'session-1' })]);

    const outcome = await client.logout({ clear: () => void order.push(`cleared after ${api.received.length}`) });

    expect(outcome).toEqual({ ended: true, sessionId: 'session-1' });
    expect(order).toEqual(['cleared after 1']);
    expect(api.received[0]).toMatchObject({ method: 'POST', url: '/dev/logout', body: {} });
  });

  test.each([
    ['the network is gone', ['cut', 'cut', 'cut']],
    ['the API fails', [failure(500, 'INTERNAL_SERVER_ERROR')]],
    ['the token has expired', [failure(401, 'UNAUTHORIZED')]],
    ['the API does not answer', ['hang']],
  ] as [string, Script[]][])('clears when %s, and says that the session may be there still', async (_, scripts) => {
    const clear = jest.fn();
    const client = given(scripts);

    const outcome = await client.logout({ clear, timeoutMs: 1_500 });

    expect(outcome).toMatchObject({ ended: false, error: expect.any(SessionError) });
    expect(clear).toHaveBeenCalledTimes(1);
  });

  test('clears when there is no token any more, and when it is aborted', async () => {
    const clear = jest.fn();
    const client = given(['hang'], { token: () => Promise.reject(new Error('Nobody is signed in.')) });

    const outcomes = [
      await client.logout({ clear }),
      await api.client().logout({ clear, signal: AbortSignal.abort() }),
    ];

    expect(outcomes).toMatchObject([{ ended: false }, { ended: false }]);
    expect(clear).toHaveBeenCalledTimes(2);
  });

  test('fails only when clearing does: then the person is signed in still', async () => {
    const client = given([success({ message: '' })]);

    await expect(client.logout({ clear: () => Promise.reject(new Error('The storage is locked.')) })).rejects.toThrow(
      'The storage is locked.',
    );
  });
});
