import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { guardWith } from '../../guard/guard';
import { resolveCurrentSession } from '../../lambda/domain/caller';
import { tryAgain } from '../../lambda/domain/errors';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import type { SecurityEvent } from '../../lambda/http/audit';
import { type AuthorizerDeps, authorize } from '../../lambda/http/authorize';
import { doorOf } from '../../lambda/http/doors/doors';
import { tokenVerifier } from '../../lambda/identity/token-verifier';
import { DOOR_EVENTS, meaningOf } from '../support/door-events';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { HOUR, iso, LIMITS, liveSession, NOW } from '../support/sessions';

const POOL = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const POLICY = { issuer: POOL, clientIds: ['client'], adminGroup: 'admin', acceptUnnamedSignIns: false, providers: [] };
const OPTIONS = {
  apiId: 'own',
  routesWithoutSession: ['GET/request'],
  routesForServers: ['GET/request'],
  answersCached: false,
};

type Sign = (changes?: object) => Promise<string>;
let sign: Sign;
let forge: Sign;
let store: MemoryStore;
let deps: AuthorizerDeps;
let uses: Parameters<AuthorizerDeps['resolveSession']>[1][];
let audited: SecurityEvent[];

async function signer(): Promise<{ sign: Sign; jwk: object }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const claims = {
    iss: POOL,
    sub: 'user-1',
    aud: 'client',
    token_use: 'id',
    origin_jti: 'live',
    auth_time: NOW / 1_000,
    iat: NOW / 1_000,
    exp: (NOW + HOUR) / 1_000,
  };
  return {
    sign: (changes = {}) =>
      new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid: 'key' }).sign(privateKey),
    jwk: { ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' },
  };
}

let keys: string;
beforeAll(async () => {
  const [own, other] = [await signer(), await signer()];
  keys = JSON.stringify({ keys: [own.jwk] });
  sign = own.sign;
  forge = other.sign;
  // The library's own check of exp goes by the system's clock.
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterAll(() => jest.useRealTimers());

beforeEach(async () => {
  store = memoryStore();
  uses = [];
  audited = [];
  for (const sessionId of ['live', 'ended']) await store.register(liveSession({ sessionId }), NOW);
  await store.delete('ended', 'user-1');
  deps = {
    verify: tokenVerifier(POLICY, { fetch: async () => keys, clock: () => NOW }).verify,
    resolveSession: (identity, use) => {
      uses.push(use);
      return resolveCurrentSession(store, identity, { ...use, policy: DEFAULT_POLICY });
    },
    clock: () => NOW,
    audit: (event) => audited.push(event),
  };
});

interface Said {
  readonly passes: boolean;
  readonly context?: Record<string, string>;
}
type Knock = (token: string, headers?: Record<string, string>, query?: Record<string, string>) => Promise<Said>;

const doors: Record<string, Knock> = Object.fromEntries(
  Object.entries(DOOR_EVENTS).map(([name, eventWith]): [string, Knock] => [
    name,
    async (...request) => {
      const { request: asked, answer } = doorOf(eventWith(...request), OPTIONS);
      return meaningOf(answer(await authorize(deps, asked)));
    },
  ]),
);
doors['a guard'] = async (token): Promise<Said> => {
  try {
    const { signedInAt, limitedGroups: _, ...caller } = await guardWith(deps).check(token);
    return { passes: true, context: { ...caller, signedInAt: String(signedInAt) } };
  } catch (error: any) {
    if (error.code === 'TRY_AGAIN') throw error;
    return { passes: false, context: { code: error.code, reason: error.details.reason } };
  }
};

const LIVE = {
  userId: 'user-1',
  role: 'user',
  signInId: 'live',
  signedInAt: String(NOW),
  expiresAt: iso(NOW + LIMITS.lifetimeHours * HOUR),
};

/** AppSync tells a client nothing of a refusal. */
const refusal = (name: string, code: string, reason: string) =>
  name.startsWith('AppSync')
    ? { passes: false, context: undefined }
    : { passes: false, context: expect.objectContaining({ code, reason }) };

describe.each(Object.entries(doors))('at %s', (name, knock) => {
  it('a token with a live session passes, and the functions learn whose it is', async () => {
    expect(await knock(await sign())).toEqual({ passes: true, context: LIVE });
  });

  it.each<[string, () => Promise<string>, string, string]>([
    ['whose session has ended', () => sign({ origin_jti: 'ended' }), 'SESSION_ENDED', 'ended'],
    ['that never registered', () => sign({ origin_jti: 'another' }), 'SESSION_ENDED', 'never-registered'],
    ['of another user, with that sign-in', () => sign({ sub: 'user-2' }), 'SESSION_ENDED', 'ended'],
    ['that has expired', () => sign({ exp: NOW / 1_000 }), 'UNAUTHORIZED', 'expired-token'],
    ['that is forged', () => forge(), 'UNAUTHORIZED', 'bad-token'],
    ['of a foreign issuer', () => sign({ iss: `${POOL}x` }), 'UNAUTHORIZED', 'bad-token'],
    ['for another client', () => sign({ aud: 'other' }), 'UNAUTHORIZED', 'bad-token'],
    ['that is none', async () => 'ExampleAUTHtoken123123123', 'UNAUTHORIZED', 'bad-token'],
  ])('a token %s does not', async (_, tokenOf, code, reason) => {
    expect(await knock(await tokenOf())).toEqual(refusal(name, code, reason));
    expect(audited).toHaveLength(1);
  });

  it('nobody passes while the database is silent', async () => {
    deps = { ...deps, resolveSession: () => Promise.reject(tryAgain()) };
    await expect(knock(await sign())).rejects.toMatchObject({ code: 'TRY_AGAIN' });
  });

  it('nobody passes while the issuer is silent', async () => {
    const verifier = tokenVerifier(POLICY, { fetch: () => Promise.reject(new Error('no answer')), clock: () => NOW });
    deps = { ...deps, verify: verifier.verify };
    await expect(knock(await sign())).rejects.toThrow();
    expect(uses).toEqual([]);
  });

  it('a client can write nothing of the decision', async () => {
    const claims = {
      userId: 'somebody',
      role: 'admin',
      isAuthorized: 'true',
      principalId: 'somebody',
      'x-forwarded-for': '203.0.113.9',
      'x-amzn-apigateway-api-id': 'own',
    };
    expect(await knock(await sign(), claims, claims)).toEqual({ passes: true, context: LIVE });
    const ended = await knock(await sign({ origin_jti: 'ended' }), claims, claims);
    expect(ended).toEqual(refusal(name, 'SESSION_ENDED', 'ended'));
    const known = name.startsWith('AppSync') || name === 'a guard' ? undefined : '192.0.2.1';
    expect(uses.map(({ from }) => from?.ipAddress)).toEqual([known, known]);
  });
});

describe('a guard', () => {
  const guard = () => guardWith(deps);

  it('takes the header as it came: with the word Bearer, or as the list of its values', async () => {
    const token = await sign();
    expect(await guard().check(`Bearer ${token}`)).toMatchObject({ userId: 'user-1', role: 'user' });
    expect(await guard().check([`bearer ${token}`])).toMatchObject({ signInId: 'live' });
  });

  it.each<[string, string[] | string | undefined, string]>([
    ['no header', undefined, 'no-token'],
    ['an empty header', '', 'bad-token'],
    ['two headers', ['Bearer a.b.c', 'Bearer a.b.c'], 'bad-token'],
    ['another scheme', 'Basic a.b.c', 'bad-token'],
  ])('refuses %s', async (_, header, reason) => {
    await expect(guard().check(header)).rejects.toMatchObject({ code: 'UNAUTHORIZED', details: { reason } });
  });

  it('records no address unless it is given the device’s, and nothing if no person asked', async () => {
    const token = await sign();
    await guard().check(token);
    await guard().check(token, { ipAddress: '192.0.2.9', passive: true });
    expect(uses).toEqual([
      { now: NOW, passive: false, from: undefined },
      { now: NOW, passive: true, from: { ipAddress: '192.0.2.9' } },
    ]);
  });

  it('tells the request’s own id and route with a security event', async () => {
    const token = await sign({ origin_jti: 'ended' });
    const told = { requestId: 'request-9', route: 'GET /orders', userAgent: 'Firefox', ipAddress: '192.0.2.9' };
    await expect(guard().check(token, told)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(audited).toMatchObject([
      { requestId: 'request-9', route: 'GET /orders', address: '192.0.2.9', event: 'session_use_after_expire' },
    ]);
  });

  it('answers what it did not expect with TRY_AGAIN and keeps the cause', async () => {
    const cause = new TypeError('broken');
    deps = { ...deps, resolveSession: () => Promise.reject(cause) };
    await expect(guard().check(await sign())).rejects.toMatchObject({ code: 'TRY_AGAIN', cause });
  });
});

describe('the WebSocket door', () => {
  const connect = DOOR_EVENTS['a WebSocket API, token in the query string'] as (...request: any[]) => any;

  it('allows the one connection that is asked for', async () => {
    const { request, answer } = doorOf(connect(await sign()), OPTIONS);
    expect(answer(await authorize(deps, request))).toMatchObject({
      principalId: 'user-1',
      policyDocument: {
        Statement: [{ Resource: ['arn:aws:execute-api:us-east-1:123456789012:abcdef123/default/$connect'] }],
      },
    });
  });

  it.each(['two in the query string', 'one in the header and one in the query string'])(
    'refuses two tokens: %s',
    async (where) => {
      const token = await sign();
      const event = connect(token, where.startsWith('one') ? { Authorization: `Bearer ${token}` } : {});
      if (where.startsWith('two')) event.multiValueQueryStringParameters.token = [token, token];
      const { request, answer } = doorOf(event, OPTIONS);
      expect(meaningOf(answer(await authorize(deps, request)))).toMatchObject({ passes: false });
    },
  );

  it('counts opening a connection as activity, unless it is passive', () => {
    expect(doorOf(connect('a.b.c'), OPTIONS).request.passive).toBe(false);
    expect(doorOf(connect('a.b.c', {}, { passive: 'true' }), OPTIONS).request.passive).toBe(true);
  });
});

describe('the HTTP API’s door', () => {
  const eventOf = DOOR_EVENTS['an HTTP API, payload 2.0'] as (...request: any[]) => any;

  it.each([
    ['GET', 'true', true],
    ['GET', 'true,true', false],
    ['POST', 'true', false],
  ])('%s ?passive=%s is passive: %j', (method, passive, expected) => {
    const event = eventOf('a.b.c', {}, { passive });
    event.requestContext = { ...event.requestContext, http: { ...event.requestContext.http, method } };
    expect(doorOf(event, OPTIONS).request.passive).toBe(expected);
  });

  it('reads a request that has neither headers nor a query', () => {
    const { headers, queryStringParameters, ...event } = eventOf('a.b.c');
    event.requestContext = { ...event.requestContext, http: { ...event.requestContext.http, method: 'GET' } };
    const { passive, connection } = doorOf(event, {
      ...OPTIONS,
      trustedOrigin: { header: 'x', sha256: ['aa'] },
    }).request;
    expect({ passive, connection }).toEqual({
      passive: false,
      connection: { ipAddress: '192.0.2.1', userAgent: 'Firefox' },
    });
  });

  it('refuses two headers, which arrive as one', async () => {
    const token = await sign();
    const event = eventOf(token, { authorization: `Bearer ${token},Bearer ${token}` });
    const { request, answer } = doorOf(event, OPTIONS);
    expect(meaningOf(answer(await authorize(deps, request)))).toMatchObject({ passes: false });
  });
});

it('AppSync keeps no answer, whether it is yes or no', async () => {
  for (const signInId of ['live', 'ended']) {
    const { request, answer } = doorOf(DOOR_EVENTS.AppSync?.(await sign({ origin_jti: signInId })) ?? {}, OPTIONS);
    expect(answer(await authorize(deps, request))).toMatchObject({ isAuthorized: signInId === 'live', ttlOverride: 0 });
  }
});

it.each([
  {},
  { type: 'TOKEN', authorizationToken: 'Bearer a.b.c', methodArn: 'arn:aws:execute-api:eu-west-1:1:own/dev/GET/x' },
  { requestContext: { eventType: 'MESSAGE', routeKey: '$default' }, body: '{}' },
])('an event that is no door’s is an error: %j', (event) => {
  expect(() => doorOf(event, OPTIONS)).toThrow('no API that this authorizer knows');
});
