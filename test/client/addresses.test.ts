import { createSessionClient, SessionNotFoundError, TryAgainError } from '../../client';
import { failure, hurry, type Script, scriptedApi, scriptedServer, success, TOKEN, USER_PATH } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const given = (...scripts: Script[]) => {
  api = scriptedApi(...scripts);
  return api.client();
};
const failureOf = (call: Promise<unknown>): Promise<any> =>
  call.then(
    () => Promise.reject(new Error('The call was expected to fail.')),
    (error: unknown) => error,
  );

beforeEach(hurry);
afterEach(() => jest.useRealTimers());

describe('An id that would change the path', () => {
  test.each(['', '.', '..'])('is refused before anything is sent: "%s"', async (id) => {
    const client = given();

    await expect(client.end(id)).rejects.toThrow(`sessionId must be an id. It is "${id}".`);
    await expect(client.list({ userId: id })).rejects.toThrow(`userId must be an id. It is "${id}".`);
    await expect(client.endOthers({ userId: id })).rejects.toThrow('userId must be an id.');
    expect(api.received).toEqual([]);
  });

  test('is not one that only has dots in it', async () => {
    const client = given(success({ message: '' }));

    await client.end('...');

    expect(api.received[0]?.url).toBe(`${USER_PATH}/...`);
  });
});

describe('baseUrl', () => {
  const clientAt = (baseUrl: string) => createSessionClient({ baseUrl, token: () => '' });

  test.each([
    '',
    'api',
    '/prod/',
    'ftp://api.example.com/',
    'xhttps://api.example.com/',
    'https://',
    'https://api.example.com/?stage=prod',
    'https://api.example.com/#/',
  ])('that is wrong is named by the error: "%s"', (baseUrl) => {
    expect(() => clientAt(baseUrl)).toThrow(JSON.stringify(baseUrl));
  });

  test('may be relative to the page in a browser', async () => {
    given(success([]));
    const page = { baseURI: `${new URL(api.baseUrl).origin}/some/page?x=1#here` };
    Object.defineProperty(globalThis, 'document', { value: page, configurable: true });

    try {
      await api.client({ baseUrl: '/dev' }).list();
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }

    expect(api.received[0]?.url).toBe(USER_PATH);
  });
});

describe('An answer that is not the API’s', () => {
  const HTML = '<html>Bad gateway</html>';

  test.each([429, 502, 503, 504])('with status %s means: try again', async (status) => {
    const client = given({ status, body: HTML }, { status, body: '' }, success([]));

    expect(await client.list()).toEqual({ sessions: [] });
    expect(api.received).toHaveLength(3);
  });

  test('says so when it stays', async () => {
    const client = given(...Array.from({ length: 3 }, () => ({ status: 502, body: HTML })));

    const error = await failureOf(client.list());

    expect(error).toBeInstanceOf(TryAgainError);
    expect(error).toMatchObject({
      code: 'TRY_AGAIN',
      status: 502,
      message: 'Something before the API answered with status 502. Try again.',
    });
  });

  test.each([HTML, ''])('with status 200 means: not this API (%j)', async (body) => {
    const client = given({ status: 200, body });

    expect(await failureOf(client.list())).toMatchObject({
      code: 'UNREADABLE_ANSWER',
      message: expect.stringContaining('not the API'),
    });
    expect(api.received).toHaveLength(1);
  });

  test.each([502, 504])('with status %s may hide an ending: the session is gone', async (status) => {
    const client = given({ status, body: HTML }, failure(404, 'SESSION_NOT_FOUND'));

    await expect(client.end('session-1')).resolves.toBeUndefined();
  });

  test('with status 503 hides none', async () => {
    const client = given({ status: 503, body: HTML }, failure(404, 'SESSION_NOT_FOUND'));

    expect(await failureOf(client.end('session-1'))).toBeInstanceOf(SessionNotFoundError);
  });

  test.each([
    ['a browser hides', { status: 0, type: 'opaqueredirect' }],
    ['has several addresses', { status: 300, type: 'default' }],
  ])('and is a redirect that %s is an error', async (_, { status, type }) => {
    const response = { status, type, ok: false, headers: new Headers(), text: async () => '' } as Response;
    const client = createSessionClient({ baseUrl: 'https://a/', token: () => TOKEN, fetch: async () => response });

    expect((await failureOf(client.list())).message).toBe('baseUrl redirects. Set it to the address it leads to.');
  });

  test.each([301, 302, 307, 308])('and redirects (%s) is an error, and the token goes nowhere else', async (status) => {
    jest.useRealTimers();
    const elsewhere = await scriptedServer(success([]));
    const here = await scriptedServer({ status, body: '', headers: { Location: `${elsewhere.baseUrl}/` } });
    const client = createSessionClient({ baseUrl: here.baseUrl, token: () => TOKEN });

    const error = await failureOf(client.list());

    expect(error).toMatchObject({ code: 'UNREADABLE_ANSWER', message: expect.stringContaining('redirects') });
    expect(here.received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
    await Promise.all([here.close(), elsewhere.close()]);
  });
});

describe('What is sent', () => {
  test('has a user agent that is cut between characters, not inside one', async () => {
    const client = given(success({}), success({}));

    await client.register({ userAgent: `${'x'.repeat(999)}😀` });
    await client.register({ userAgent: `${'x'.repeat(998)}😀y` });

    expect(api.received.map(({ body }) => body)).toEqual([
      { userAgent: 'x'.repeat(999) },
      { userAgent: `${'x'.repeat(998)}😀` },
    ]);
  });

  test('says that it is passive if no person asked for it', async () => {
    const client = given(success([], { nextCursor: 'next' }), success([]), success([]), success([]));

    for await (const _ of client.listAll({ passive: true }));
    await client.cleanups({ passive: true });
    await client.list({ passive: false });

    expect(api.received.map(({ url }) => url)).toEqual([
      `${USER_PATH}?passive=true`,
      `${USER_PATH}?cursor=next&passive=true`,
      '/dev/cleanups?passive=true',
      USER_PATH,
    ]);
  });

  test('may go through a fetch that adds headers for tracing', async () => {
    const seen: string[] = [];
    given(success([]));
    const client = api.client({
      fetch: (address, init) => {
        const headers = new Headers(init?.headers);
        headers.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
        seen.push([...headers.keys()].join());
        return api.fetch(address, { ...init, headers });
      },
    });

    await client.list();

    expect(seen).toEqual(['authorization,traceparent']);
  });
});
