import { type SessionClientOptions, SessionEndedError } from '../../client';
import { failure, hurry, type Script, scriptedApi, sessionEnded, success, tokenWith } from './scripted-api';

let api: ReturnType<typeof scriptedApi>;
const onSessionEnded = jest.fn();
const clear = jest.fn();
const given = (scripts: Script[], options: Partial<SessionClientOptions> = {}) => {
  api = scriptedApi(...scripts);
  return api.client({ onSessionEnded, ...options });
};
const round = (deletedSessions: number, more: object = { sessionId: 'here' }) =>
  success({ message: 'Logout successful', deletedSessions, ...more });
const bodies = () => api.received.map(({ url, body }) => [url, body]);

beforeEach(hurry);
afterEach(() => {
  jest.useRealTimers();
  onSessionEnded.mockReset();
  clear.mockReset();
  api.close();
});

describe('Logging out everywhere', () => {
  test('goes on while some remain, counts them, and forgets the person once all have ended', async () => {
    const client = given([round(1_000, { remaining: true }), round(3)]);
    clear.mockImplementation(() => expect(api.received).toHaveLength(2));

    const outcome = await client.logout({ everywhere: true, clear });

    expect(outcome).toEqual({ ended: true, sessionId: 'here', deletedSessions: 1_003 });
    expect(bodies()).toEqual(Array(2).fill(['/dev/logout', { everywhere: true }]));
    expect(clear).toHaveBeenCalledTimes(1);
  });

  test('forgets nobody when it is refused: the person signs in again, or logs out here alone', async () => {
    const client = given([failure(401, 'SIGN_IN_TOO_OLD'), success({ message: '', sessionId: 'here' })]);

    expect(await client.logout({ everywhere: true, clear })).toMatchObject({
      ended: false,
      error: { code: 'SIGN_IN_TOO_OLD' },
    });
    expect(clear).not.toHaveBeenCalled();
    expect(await client.logout({ clear })).toEqual({ ended: true, sessionId: 'here' });
    expect(clear).toHaveBeenCalledTimes(1);
  });

  test('that failed halfway says what has ended, and an ended session is still told of afterwards', async () => {
    const client = given([
      round(2, { remaining: true }),
      failure(503, 'TRY_AGAIN', { 'Retry-After': '3600' }),
      sessionEnded('ended'),
    ]);

    expect(await client.logout({ everywhere: true, clear })).toMatchObject({
      ended: false,
      error: { code: 'TRY_AGAIN' },
      deletedSessions: 2,
    });
    await expect(client.list()).rejects.toBeInstanceOf(SessionEndedError);
    expect(onSessionEnded).toHaveBeenCalledTimes(1);
  });

  test('has done it if the answer was lost and the retry finds the session ended', async () => {
    const client = given(['cut', sessionEnded('ended')]);

    expect(await client.logout({ everywhere: true, clear })).toMatchObject({ ended: true });
    expect(onSessionEnded).not.toHaveBeenCalled();
  });

  test('has an end, even if the API always says that some remain', async () => {
    const client = given([round(1, { remaining: true }), round(0, { remaining: true })]);

    expect(await client.logout({ everywhere: true, clear })).toMatchObject({
      ended: false,
      error: { code: 'TRY_AGAIN', message: 'Some sessions are left.' },
      deletedSessions: 1,
    });

    const busy = given(Array.from({ length: 200 }, () => round(1, { remaining: true })));
    expect(await busy.logout({ everywhere: true, clear })).toMatchObject({ ended: false, deletedSessions: 100 });
    expect(clear).not.toHaveBeenCalled();
  });

  test('is not reported as an ended session by what was on its way', async () => {
    const client = given([round(1), sessionEnded('ended')]);

    await client.logout({ everywhere: true });
    await expect(client.list()).rejects.toBeInstanceOf(SessionEndedError);
    expect(onSessionEnded).not.toHaveBeenCalled();
  });
});

describe('The refresh token', () => {
  const POOL = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
  const claims = { iss: POOL, client_id: 'the-app' };
  const REFRESH = { refreshToken: () => 'refresh' };
  let revocations: { url: string; body: any; target: string | null; type: string | null; keepalive: boolean }[];
  const withPool = (scripts: Script[], tokenClaims: object, options: Partial<SessionClientOptions> = REFRESH) => {
    revocations = [];
    const send: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.includes('cognito')) return api.fetch(input, init);
      const target = request.headers.get('x-amz-target');
      const { url, keepalive } = request;
      const type = request.headers.get('content-type');
      revocations.push({ url, body: await request.json(), target, type, keepalive });
      return new Response('{}');
    };
    return given(scripts, { token: () => tokenWith(tokenClaims), fetch: send, ...options });
  };
  const out = success({ message: '', sessionId: 'here' });

  test('is revoked at the pool that issued it, after the API was asked and before it is forgotten', async () => {
    const client = withPool([out], claims);
    clear.mockImplementation(() => expect([api.received.length, revocations.length]).toEqual([1, 1]));

    await client.logout({ clear });

    expect(clear).toHaveBeenCalledTimes(1);
    expect(revocations).toEqual([
      {
        url: 'https://cognito-idp.eu-west-1.amazonaws.com/',
        body: { Token: 'refresh', ClientId: 'the-app' },
        target: 'AWSCognitoIdentityProviderService.RevokeToken',
        type: 'application/x-amz-json-1.1',
        keepalive: true,
      },
    ]);
  });

  test('is revoked for an ID token, for the pool’s other issuer, and after a logout everywhere', async () => {
    const iss = POOL.replace('//cognito', '//issuer-cognito');
    const client = withPool([round(1)], { iss, aud: 'the-app' });

    await client.logout({ everywhere: true });

    expect(revocations).toMatchObject([
      { url: 'https://cognito-idp.eu-west-1.amazonaws.com/', body: { ClientId: 'the-app' } },
    ]);
  });

  test.each<[string, object, Partial<SessionClientOptions>]>([
    ['another provider’s', { ...claims, iss: 'https://cognito-idp.example.com/eu-west-1_A' }, REFRESH],
    [
      'a pool’s by its name only',
      { ...claims, iss: 'https://example.com/?cognito-idp.eu-west-1.amazonaws.com/x' },
      REFRESH,
    ],
    ['not there', claims, { refreshToken: () => undefined }],
    ['not given', claims, {}],
  ])('is sent nowhere if it is %s', async (_, tokenClaims, options) => {
    const client = withPool([out], tokenClaims, options);

    expect(await client.logout({ clear })).toEqual({ ended: true, sessionId: 'here' });
    expect([revocations, clear.mock.calls]).toEqual([[], [[]]]);
  });

  test('keeps nobody signed in when it cannot be revoked', async () => {
    const client = withPool([out], claims, { refreshToken: () => Promise.reject(new Error('locked')) });

    expect(await client.logout({ clear })).toEqual({ ended: true, sessionId: 'here' });
    expect(clear).toHaveBeenCalledTimes(1);
  });

  test('is kept after a logout everywhere that did not end all', async () => {
    const client = withPool([failure(401, 'SIGN_IN_TOO_OLD')], claims);

    await client.logout({ everywhere: true });

    expect(revocations).toEqual([]);
  });
});
