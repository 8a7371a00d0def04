import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { identityOf, type OpenIdProvider, type TokenPolicy } from '../../lambda/identity/identity-of';
import { tokenVerifier } from '../../lambda/identity/token-verifier';
import { NOW } from '../support/sessions';

const SECONDS = NOW / 1_000;
const POOL = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const PROVIDER: OpenIdProvider = { name: 'okta', issuer: 'https://id.example.com', audience: 'the-app' };
const POLICY: TokenPolicy = {
  issuer: POOL,
  clientIds: ['client'],
  adminGroup: 'admin',
  acceptUnnamedSignIns: true,
  providers: [PROVIDER],
};

const signInId = (claims: object, provider?: OpenIdProvider) =>
  identityOf({ sub: 'user-1', auth_time: SECONDS, ...claims } as never, POLICY, provider, NOW).signInId;
const hash = (...parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

// Live sessions have these ids: another way to make them would end every one of them at the next deployment.
describe('a sign-in’s id is made in the same way for ever:', () => {
  it('without origin_jti, of issuer, app client, user and time', () => {
    const id = hash('pool-auth-time', POOL, 'client', 'user-1', SECONDS);
    expect(signInId({ token_use: 'id', aud: 'client' })).toBe(id);
  });

  it('of another provider, of issuer and the sign-in’s claim', () => {
    expect(signInId({ sid: 'sid-1' }, PROVIDER)).toBe(hash('provider-claim', PROVIDER.issuer, 'sid-1'));
  });

  it('of another provider whose stage names auth_time, of issuer, audience, user and time', () => {
    const id = hash('provider-auth-time', PROVIDER.issuer, 'the-app', 'user-1', SECONDS);
    expect(signInId({}, { ...PROVIDER, signInClaim: 'auth_time' })).toBe(id);
  });
});

describe('an issuer’s keys', () => {
  const newKey = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
  };
  const verifierOf = (published: () => object[], policy: Partial<TokenPolicy> = {}) => {
    const fetched: string[] = [];
    const fetch = async (uri: string) => {
      fetched.push(uri);
      return JSON.stringify({ keys: published() });
    };
    return { fetched, ...tokenVerifier({ ...POLICY, ...policy }, { fetch, clock: () => NOW }) };
  };

  it('are looked for at one address, whether or not the issuer ends with a slash', async () => {
    const provider = { ...PROVIDER, issuer: 'https://id.example.org/' };
    const { warmUp, fetched } = verifierOf(() => [], { providers: [provider] });
    await warmUp();
    expect(fetched).toContain('https://id.example.org/.well-known/jwks.json');
  });

  it('that change make every token be verified again: one by a withdrawn key counts no more', async () => {
    const [old, next] = [await newKey('old'), await newKey('next')];
    let published = [old.jwk];
    jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const { verify, warmUp } = verifierOf(() => published);
      const claims = { iss: PROVIDER.issuer, aud: 'the-app', sub: 'user-1', sid: 'a', auth_time: SECONDS };
      const token = await new SignJWT({ ...claims, exp: SECONDS + 600 })
        .setProtectedHeader({ alg: 'ES256', kid: 'old' })
        .sign(old.privateKey);
      await verify(token);
      published = [next.jwk];
      expect(await verify(token)).toMatchObject({ userId: 'okta|user-1' });
      await warmUp();
      await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    } finally {
      jest.useRealTimers();
    }
  });
});
