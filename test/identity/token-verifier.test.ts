import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Identity } from '../../lambda/domain/caller';
import { Refusal } from '../../lambda/domain/errors';
import { registerSession } from '../../lambda/domain/register';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import type { TokenPolicy } from '../../lambda/identity/identity-of';
import { tokenVerifier } from '../../lambda/identity/token-verifier';
import { memoryStore } from '../support/memory-store';
import { LIMITS } from '../support/sessions';

const POOL = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const OTHER_FORM = 'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const OKTA = 'https://id.example.com';
const AUTH0 = 'https://id.example.org/';
const POLICY: TokenPolicy = {
  issuer: POOL,
  clientIds: ['client', 'another-client'],
  adminGroup: 'admin',
  acceptUnnamedSignIns: true,
  providers: [
    { name: 'okta', issuer: OKTA, audience: 'the-app' },
    { name: 'auth0', issuer: AUTH0, audience: 'the-api', jwksUri: 'https://keys.example.org/auth0' },
  ],
};
const refused = (message: unknown = expect.any(String), reason = 'bad-token') => ({
  code: 'UNAUTHORIZED',
  message,
  details: { reason },
});
const NOT_VALID = 'The token is not a valid ID or access token for this API.';

/** Each issuer has a key of its own, by the address at which it is. */
const signers = new Map<string, { jwk: JWK; sign: (claims: object, header?: object) => Promise<string> }>();
let now: number;
let seconds: number;
let fetched: string[];
let verify: (token: string) => Promise<unknown>;
let warmUp: () => Promise<void>;

beforeAll(async () => {
  const issuers = [POOL, OTHER_FORM, OKTA].map((issuer) => `${issuer}/.well-known/jwks.json`);
  for (const uri of [...issuers, 'https://keys.example.org/auth0']) {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    signers.set(uri, {
      jwk: { ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' },
      sign: (claims, header = {}) =>
        new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'key', ...header }).sign(privateKey),
    });
  }
});

const use = (policy: Partial<TokenPolicy> = {}) => {
  ({ verify, warmUp } = tokenVerifier(
    { ...POLICY, ...policy },
    {
      clock: () => now,
      fetch: async (uri) => {
        fetched.push(uri);
        const signer = signers.get(uri);
        if (!signer) throw new Error('no such address');
        return JSON.stringify({ keys: [signer.jwk] });
      },
    },
  ));
};

beforeEach(() => {
  now = Date.now();
  seconds = Math.floor(now / 1_000);
  fetched = [];
  use();
});

const signAt = (uri: string, claims: object, header?: object) =>
  signers.get(uri)?.sign({ sub: 'user-1', auth_time: seconds, iat: seconds, exp: seconds + 600, ...claims }, header) ??
  Promise.reject(new Error(uri));
const poolToken = (claims: object = {}, header?: object, issuer = POOL) =>
  signAt(
    `${issuer}/.well-known/jwks.json`,
    { iss: issuer, token_use: 'id', aud: 'client', origin_jti: 'sign-in-1', ...claims },
    header,
  );
const oktaToken = (claims: object = {}, header?: object) =>
  signAt(`${OKTA}/.well-known/jwks.json`, { iss: OKTA, aud: 'the-app', sid: 'session-1', ...claims }, header);
const auth0Token = (claims: object = {}) =>
  signAt('https://keys.example.org/auth0', { iss: AUTH0, aud: 'the-api', sid: 'session-1', ...claims });

describe('a user pool’s token', () => {
  it('speaks for the same sign-in in either form of its issuer', async () => {
    const identity = { userId: 'user-1', role: 'user', signInId: 'sign-in-1', signedInAt: seconds * 1_000 };
    expect(await verify(await poolToken())).toEqual(identity);
    expect(await verify(await poolToken({}, {}, OTHER_FORM))).toEqual(identity);
  });

  it('without origin_jti too, whichever form the stage names', async () => {
    const unnamed = { origin_jti: undefined };
    const first = await verify(await poolToken(unnamed));
    expect(await verify(await poolToken(unnamed, {}, OTHER_FORM))).toEqual(first);
    use({ issuer: OTHER_FORM });
    expect(await verify(await poolToken(unnamed))).toEqual(first);
  });

  it.each([
    ['with origin_jti', {}],
    ['without origin_jti', { origin_jti: undefined }],
  ])('whose sign-in has ended under one form cannot register under the other: %s', async (_, claims) => {
    const one = (await verify(await poolToken(claims))) as Identity;
    const other = (await verify(await poolToken(claims, {}, OTHER_FORM))) as Identity;
    const store = memoryStore();
    const deps = { store, limits: LIMITS, policy: DEFAULT_POLICY, clock: () => now, onEnd: () => undefined };
    const device = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
    const register = (identity: Identity) =>
      registerSession({ ...deps, beforeRetry: async () => undefined }, identity, device);
    expect((await register(one)).created).toBe(true);
    expect((await register(other)).created).toBe(false);
    await store.delete(one.signInId, one.userId);
    await expect(register(other)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('may be of any of the stage’s app clients', async () => {
    expect(await verify(await poolToken({ aud: 'another-client' }))).toBeDefined();
    expect(await verify(await poolToken({ token_use: 'access', aud: undefined, client_id: 'client' }))).toBeDefined();
  });

  it.each<[string, object]>([
    ['another app client', { aud: 'other' }],
    ['no app client', { aud: undefined }],
    ['no use', { token_use: undefined }],
    ['another pool', { iss: `${POOL}2` }],
    ['no issuer', { iss: undefined }],
  ])('of %s is refused', async (_, claims) => {
    await expect(verify(await poolToken(claims))).rejects.toMatchObject(refused(NOT_VALID));
  });

  it('is admin by the claim that the stage names', async () => {
    const token = await poolToken({ 'custom:role': 'admin' });
    expect(await verify(token)).toMatchObject({ role: 'user' });
    use({ adminClaim: 'custom:role' });
    expect(await verify(token)).toMatchObject({ role: 'admin' });
  });
});

describe('each issuer', () => {
  it('is checked by its own keys and rules, and by no other’s', async () => {
    expect(await verify(await oktaToken())).toMatchObject({ userId: 'okta|user-1' });
    expect(await verify(await auth0Token())).toMatchObject({ userId: 'auth0|user-1' });
    for (const claims of [
      { iss: POOL, token_use: 'id', aud: 'client', origin_jti: 'x' },
      { iss: AUTH0, aud: 'the-api' },
    ]) {
      await expect(verify(await oktaToken(claims))).rejects.toMatchObject(refused(NOT_VALID));
    }
    await expect(verify(await oktaToken({ aud: 'the-api' }))).rejects.toMatchObject(refused(NOT_VALID));
    await expect(verify(await oktaToken({ aud: undefined }))).rejects.toMatchObject(refused(NOT_VALID));
  });

  it('has its keys fetched ahead of the first request', async () => {
    await warmUp();
    expect(fetched.sort()).toEqual([...signers.keys()].sort());
    await verify(await oktaToken());
    expect(fetched).toHaveLength(4);
  });

  it('whose keys cannot be fetched makes an error of a good token, not a refusal', async () => {
    use({ providers: [{ name: 'okta', issuer: OKTA, audience: 'the-app', jwksUri: 'https://nowhere.example.com' }] });
    await warmUp();
    const outcome: unknown = await verify(await oktaToken()).catch((error) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(Refusal);
  });

  it('that publishes a broken key makes an error of its tokens, not a refusal', async () => {
    const uri = `${OKTA}/.well-known/jwks.json`;
    const { jwk, sign } = signers.get(uri) ?? { jwk: {}, sign: async () => '' };
    signers.set(uri, { jwk: { ...jwk, x: undefined }, sign });
    const outcome: unknown = await verify(await oktaToken()).catch((error) => error);
    signers.set(uri, { jwk, sign });
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(Refusal);
  });
});

describe('a token’s type', () => {
  const otherType = refused("The token's typ is not one that is accepted here.");

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt'])('may be %s', async (typ) => {
    expect(await verify(await oktaToken({}, { typ }))).toBeDefined();
  });

  it.each(['logout+jwt', 'secevent+jwt', 'application/jwt', 'dpop+jwt', ''])('may not be "%s"', async (typ) => {
    await expect(verify(await oktaToken({}, { typ }))).rejects.toMatchObject(otherType);
    await expect(verify(await poolToken({}, { typ }))).rejects.toMatchObject(otherType);
  });

  it('may not be something else than a text', async () => {
    await expect(verify(await oktaToken({}, { typ: ['JWT'] }))).rejects.toMatchObject(otherType);
  });
});

it('a token with events, such as a logout token, is no credential', async () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  for (const token of [await oktaToken({ events }), await poolToken({ events }), await oktaToken({ events: null })]) {
    await expect(verify(token)).rejects.toMatchObject(refused('A token with events is not an ID or access token.'));
  }
});

describe('several audiences', () => {
  it.each<[string, object, boolean]>([
    ['with this stage’s as azp pass', { aud: ['the-app', 'other'], azp: 'the-app' }, true],
    ['with another azp are refused', { aud: ['the-app', 'other'], azp: 'other' }, false],
    ['without azp are refused', { aud: ['the-app', 'other'] }, false],
    ['without this stage’s are refused', { aud: ['other', 'more'], azp: 'the-app' }, false],
  ])('%s', async (_, claims, passes) => {
    const outcome = verify(await oktaToken(claims));
    if (passes) expect(await outcome).toBeDefined();
    else await expect(outcome).rejects.toMatchObject(refused());
  });

  it('are not meant by a list of one', async () => {
    expect(await verify(await oktaToken({ aud: ['the-app'], azp: 'other' }))).toBeDefined();
  });
});

describe('a token’s times', () => {
  const passing = async (claims: object) => expect(await verify(await oktaToken(claims))).toBeDefined();
  const failing = async (claims: object, message: unknown, reason?: string) =>
    expect(verify(await oktaToken(claims))).rejects.toMatchObject(refused(message, reason));

  it('allow an issuer’s clock to be a few seconds ahead, and no more', async () => {
    await passing({ iat: seconds + 4 });
    await passing({ nbf: seconds + 4 });
    await failing({ iat: seconds + 7 }, "The token's iat is in the future.");
    await failing({ nbf: seconds + 7 }, NOT_VALID);
  });

  it('do not need iat', () => passing({ iat: undefined }));

  it('allow no use after the end, which must be there', async () => {
    const token = await oktaToken();
    now = (seconds + 600) * 1_000 - 1;
    expect(await verify(token)).toBeDefined();
    now++;
    const expired = refused('The token has expired. Refresh it and send the request again.', 'expired-token');
    await expect(verify(token)).rejects.toMatchObject(expired);
    now = Date.now();
    await failing({ exp: seconds - 60 }, expired.message, 'expired-token');
    await failing({ exp: undefined }, 'The token has no end (exp), which this stage requires.');
  });

  it('are checked for a user pool’s token without its iat', async () => {
    expect(await verify(await poolToken({ iat: seconds + 200, auth_time: seconds + 200 }))).toBeDefined();
    await expect(verify(await poolToken({ auth_time: seconds + 400 }))).rejects.toMatchObject(refused());
  });
});

it('a token with critical extensions is refused, because none is understood', async () => {
  const header = { crit: ['b64'], b64: true };
  for (const token of [await oktaToken({}, header), await poolToken({}, header)]) {
    await expect(verify(token)).rejects.toMatchObject(refused(expect.stringContaining('(crit)')));
  }
});

it('a token whose signature is spelled with other bits that mean nothing is refused', async () => {
  const token = await oktaToken();
  // The last letter of 64 bytes has two bits that count and four that do not.
  const others = [...'BCDEFGHIJKLMNOPRSTUVWXYZabcdefhijklmnopqrstuvxyz0123456789-_'].map(
    (letter) => token.slice(0, -1) + letter,
  );
  for (const other of others) await expect(verify(other)).rejects.toMatchObject(refused(NOT_VALID));
  expect(await verify(token)).toBeDefined();
});

describe('what is no token at all', () => {
  it.each(['', 'a.b.c', 'a.b', 'e30.e30.e30'])('"%s" is refused', async (token) => {
    await expect(verify(token)).rejects.toMatchObject(refused(NOT_VALID));
  });

  it('nor is one whose signature is another token’s', async () => {
    const [head, , signature] = (await oktaToken()).split('.');
    const [, body] = (await oktaToken({ sub: 'somebody else' })).split('.');
    await expect(verify(`${head}.${body}.${signature}`)).rejects.toMatchObject(refused(NOT_VALID));
  });

  it.each([
    ['ES256', 3],
    ['ES256', 256],
    ['RS256', 256],
    ['EdDSA', 64],
    ['HS256', 32],
    ['none', 3],
  ])('nor is one that names a known key, the algorithm %s and %d bytes that are no signature', async (alg, bytes) => {
    const [, body] = (await oktaToken()).split('.');
    const head = Buffer.from(JSON.stringify({ alg, kid: 'key' })).toString('base64url');
    const signature = Buffer.alloc(bytes).toString('base64url');
    await expect(verify(`${head}.${body}.${signature}`)).rejects.toMatchObject(refused(NOT_VALID));
  });

  it('nor is one of a key id that its issuer does not have, however often it comes', async () => {
    for (let n = 0; n < 5; n++) {
      await expect(verify(await oktaToken({}, { kid: `random ${n}` }))).rejects.toMatchObject(refused(NOT_VALID));
    }
    expect(fetched).toHaveLength(1);
  });
});

it('a token is verified once: the second time its identity is known', async () => {
  const token = await oktaToken();
  const identity = await verify(token);
  expect(await verify(token)).toBe(identity);
});
