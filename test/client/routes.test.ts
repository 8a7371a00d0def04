import type { SessionClient, SessionClientOptions } from '../../client';
import { hurry, pass, type Script, scriptedApi, stopTime, success, TOKEN, tokenWith, USER_PATH } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const given = (scripts: Script[], options: Partial<SessionClientOptions> = {}) => {
  api = scriptedApi(...scripts);
  return api.client({ userAgent: 'Acme', ...options });
};
const failureOf = (call: Promise<unknown>): Promise<any> =>
  call.then(
    () => Promise.reject(new Error('The call was expected to fail.')),
    (error: unknown) => error,
  );

afterEach(() => {
  jest.useRealTimers();
  api.close();
});

const DATA = { anything: 'the API gives' };
/** Each call, what it sends, and what it gives. */
const CALLS: [name: string, call: (client: SessionClient) => Promise<unknown>, sent: object, answer: unknown][] = [
  ['register', (client) => client.register(), { method: 'POST', url: USER_PATH, body: { userAgent: 'Acme' } }, DATA],
  ['list', (client) => client.list(), { method: 'GET', url: USER_PATH, body: undefined }, { sessions: DATA }],
  ['whoAmI', (client) => client.whoAmI(), { method: 'GET', url: '/dev/session', body: undefined }, DATA],
  [
    'whoAmI, passive',
    (client) => client.whoAmI({ passive: true }),
    { method: 'GET', url: '/dev/session?passive=true', body: undefined },
    DATA,
  ],
  ['end', (client) => client.end('s-1'), { method: 'DELETE', url: `${USER_PATH}/s-1`, body: undefined }, undefined],
  [
    'findUsers',
    (client) => client.findUsers({ email: 'ada@example.com' }),
    { method: 'GET', url: '/dev/users?email=ada%40example.com', body: undefined },
    DATA,
  ],
  [
    'findUsers, passive',
    (client) => client.findUsers({ username: 'ada' }, { passive: true }),
    { method: 'GET', url: '/dev/users?username=ada&passive=true', body: undefined },
    DATA,
  ],
  ['cleanups', (client) => client.cleanups(), { method: 'GET', url: '/dev/cleanups', body: undefined }, DATA],
  [
    'requestDryRun',
    (client) => client.requestDryRun(),
    { method: 'POST', url: '/dev/cleanups', body: { dryRun: true } },
    DATA,
  ],
  ['logout', (client) => client.logout(), { method: 'POST', url: '/dev/logout', body: {} }, { ended: true }],
];

describe('Each call', () => {
  test.each(CALLS)('sends one request, and gives what the API answers: %s', async (_, call, sent, answer) => {
    const client = given([success(DATA)]);

    expect(await call(client)).toEqual(answer);
    expect(api.received).toEqual([{ ...sent, authorization: `Bearer ${TOKEN}` }]);
  });

  test('of endOthers sends one request if none remain', async () => {
    const client = given([success({ deletedSessions: 0, sessionIds: [] })]);

    expect(await client.endOthers()).toEqual({ deletedSessions: 0, sessionIds: [] });
    expect(api.received).toMatchObject([{ method: 'DELETE', url: USER_PATH, body: undefined }]);
  });

  const options = (signal?: AbortSignal, timeoutMs?: number) => ({
    ...(signal && { signal }),
    ...(timeoutMs && { timeoutMs }),
  });
  const WITH_OPTIONS: [string, (client: SessionClient, options: object) => Promise<unknown>][] = [
    ['register', (client, more) => client.register(more)],
    ['list', (client, more) => client.list(more)],
    ['whoAmI', (client, more) => client.whoAmI(more)],
    ['end', (client, more) => client.end('s-1', more)],
    ['endOthers', (client, more) => client.endOthers(more)],
    ['findUsers', (client, more) => client.findUsers({ username: 'ada' }, more)],
    ['cleanups', (client, more) => client.cleanups(more)],
    ['requestDryRun', (client, more) => client.requestDryRun(more)],
    ['listAll', (client, more) => client.listAll(more).next()],
  ];

  test.each(WITH_OPTIONS)('can be aborted, and has a time of its own: %s', async (_, call) => {
    const client = given(['hang', 'hang']);
    const controller = new AbortController();

    const aborted = failureOf(call(client, options(controller.signal)));
    controller.abort(new Error('The page is left.'));
    expect(await aborted).toEqual(new Error('The page is left.'));

    hurry();
    expect(await failureOf(call(client, options(undefined, 70)))).toMatchObject({
      code: 'TIMEOUT',
      message: 'No answer came within 70 ms.',
    });
  });

  test.each(WITH_OPTIONS)('has 15 seconds if nobody says how long: %s', async (_, call) => {
    hurry();
    const client = given(['hang']);

    expect((await failureOf(call(client, {}))).message).toBe('No answer came within 15000 ms.');
  });

  test('has the time that the client was made with', async () => {
    hurry();
    const client = given(['hang'], { timeoutMs: 90 });

    expect((await failureOf(client.list())).message).toBe('No answer came within 90 ms.');
  });

  test('to log out has 5 seconds, and everywhere 15', async () => {
    hurry();
    const client = given(['hang', 'hang']);

    const outcomes = [await client.logout(), await client.logout({ everywhere: true })];

    expect(outcomes).toMatchObject([
      { ended: false, error: { message: 'No answer came within 5000 ms.' } },
      { ended: false, error: { message: 'No answer came within 15000 ms.' } },
    ]);
  });

  test('to log out everywhere can be aborted, and has a time of its own', async () => {
    stopTime();
    const client = given(['hang', 'hang']);
    const controller = new AbortController();

    const aborted = client.logout({ everywhere: true, signal: controller.signal });
    await api.until(1);
    controller.abort();
    const late = client.logout({ everywhere: true, timeoutMs: 60 });
    await pass(60);

    expect(await aborted).toMatchObject({ ended: false, error: { name: 'AbortError' } });
    expect(await late).toMatchObject({ ended: false, error: { message: 'No answer came within 60 ms.' } });
  });
});

describe('The user of a call', () => {
  test('is the one that the client was made for, or the one that the call names', async () => {
    const client = given([success([]), success([])], { userId: 'ada' });

    await client.list();
    await client.list({ userId: 'bob' });

    expect(api.received.map(({ url }) => url)).toEqual(['/dev/users/ada/sessions', '/dev/users/bob/sessions']);
  });

  test('that would change the path is refused before anybody is asked for a token', async () => {
    const token = jest.fn();
    const client = given([], { token });

    await failureOf(client.list({ userId: '..' }));

    expect(token).not.toHaveBeenCalled();
  });

  test('cannot be one that would change the path, also if the token names it', async () => {
    const client = given([], { token: () => tokenWith({ sub: '..' }) });

    expect((await failureOf(client.list())).message).toBe('userId must be an id. It is "..".');
  });
});

describe('All pages', () => {
  test('are read one after the other, each with the cursor of the one before, until one has none', async () => {
    const client = given([
      success([{ id: 'a' }], { nextCursor: 'one' }),
      success([], { nextCursor: 'two' }),
      success([{ id: 'b' }]),
    ]);

    const ids = [];
    for await (const { id } of client.listAll({ limit: 1, userId: 'ada' })) ids.push(id);

    expect(ids).toEqual(['a', 'b']);
    expect(api.received.map(({ url }) => url)).toEqual(
      ['', '&cursor=one', '&cursor=two'].map((cursor) => `/dev/users/ada/sessions?limit=1${cursor}`),
    );
  });

  test('of a list show whether there are more', async () => {
    const client = given([success([{ id: 'a' }], { nextCursor: 'one' }), success([])]);

    expect(await client.list()).toEqual({ sessions: [{ id: 'a' }], nextCursor: 'one' });
    expect(Object.keys(await client.list())).toEqual(['sessions']);
  });
});

describe('The user agent', () => {
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  const browserSays = (value: unknown) =>
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
  afterEach(() => {
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator);
    else Reflect.deleteProperty(globalThis, 'navigator');
  });

  test.each([
    ['the browser’s', { userAgent: 'Firefox' }, 'Firefox'],
    ['Node.js if there is no browser', undefined, 'Node.js'],
    ['Node.js if the browser hides it', { userAgent: '' }, 'Node.js'],
    ['Node.js if the browser has none', {}, 'Node.js'],
  ])('is %s, unless the page says another', async (_, page, expected) => {
    browserSays(page);
    const client = given([success({}), success({}), success({})], { userAgent: undefined });

    await client.register();
    await client.register({ userAgent: 'My App' });
    await api.client({ userAgent: 'Our App' }).register();

    expect(api.received.map(({ body }) => body)).toEqual([
      { userAgent: expected },
      { userAgent: 'My App' },
      { userAgent: 'Our App' },
    ]);
  });

  test('is cut between characters only at its end', async () => {
    const client = given([success({})], { userAgent: '😀'.repeat(3) });

    await client.register();

    expect(api.received[0]?.body).toEqual({ userAgent: '😀😀😀' });
  });
});

test('A logout says which session it ended, and nothing if there was none', async () => {
  const client = given([success({ sessionId: 's-1' }), success({})]);

  expect(await client.logout()).toStrictEqual({ ended: true, sessionId: 's-1' });
  expect(await client.logout()).toStrictEqual({ ended: true });
});

describe('What has ended so far', () => {
  test('need not be told', async () => {
    const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = given([
      success({ deletedSessions: 1, sessionIds: ['a'], remaining: true }),
      success({ deletedSessions: 1, sessionIds: ['b'] }),
    ]);

    expect(await client.endOthers()).toEqual({ deletedSessions: 2, sessionIds: ['a', 'b'] });

    expect(reported).not.toHaveBeenCalled();
    reported.mockRestore();
  });

  test('is a list of its own at each report', async () => {
    const round = (id: string, remaining: boolean) => success({ deletedSessions: 1, sessionIds: [id], remaining });
    const client = given([round('a', true), round('b', true), round('c', false)]);
    const reports: unknown[] = [];

    await client.endOthers({ userId: 'ada', onProgress: (soFar) => reports.push(soFar) });

    expect(reports).toEqual([
      { deletedSessions: 1, sessionIds: ['a'] },
      { deletedSessions: 2, sessionIds: ['a', 'b'] },
    ]);
    expect(new Set(api.received.map(({ url }) => url))).toEqual(new Set(['/dev/users/ada/sessions']));
  });
});
