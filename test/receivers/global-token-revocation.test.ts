import { globalTokenRevocation } from '../../lambda/receivers/revocation-request';
import { ENDPOINT, KEYCLOAK, OKTA, poolUser, type Receiving, receiving } from './receiving';

const TYPE = { typ: 'global-token-revocation+jwt' };
const USERS = [
  poolUser('ann'),
  poolUser('ann-unverified', { email: 'ann@example.com', isEmailVerified: false }),
  poolUser('twin-1', { email: 'twin@example.com' }),
  poolUser('twin-2', { email: 'Twin@example.com' }),
  poolUser('local', { identities: [] }),
  poolUser('googler', { identities: [{ providerName: 'Google', userId: 'okta-ann' }] }),
  poolUser('annie', { identities: [{ providerName: 'Okta', userId: 'okta-annie' }] }),
  poolUser('unverified', { isEmailVerified: false }),
];
const PEOPLE = [...USERS.map(({ id }) => id), 'keycloak|ann', 'keycloak|ann|b', 'other|ann'];

let system: Receiving;
beforeEach(async () => {
  system = await receiving({ users: USERS });
  for (const userId of PEOPLE) await system.session(`of ${userId}`, userId);
});

const caller = (iss: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = TYPE) =>
  system.sign({ iss, aud: ENDPOINT, sub: 'okta-client', ...claims }, header);
const send = async (token: string | undefined, body: unknown, headers: Record<string, string> = {}) =>
  system.send(globalTokenRevocation, {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });
const revoke = async (iss: string, sub_id: unknown, claims?: Record<string, unknown>) =>
  send(await caller(iss, claims), { sub_id });
const ended = async () => {
  const left = await system.left(...PEOPLE.map((userId) => `of ${userId}`));
  return PEOPLE.filter((userId) => !left.includes(`of ${userId}`));
};
const email = (address: string) => ({ format: 'email', email: address });
const opaque = (id: string) => ({ format: 'opaque', id });
const issSub = (iss: string, sub: string) => ({ format: 'iss_sub', iss, sub });

describe('a global token revocation', () => {
  it.each([
    ['a user of the pool by a verified e-mail address', OKTA, email('ann@example.com'), 'ann'],
    ['whatever its letters’ case', OKTA, email('ANN@example.com'), 'ann'],
    ['a user of the pool by the provider’s own id of them', OKTA, issSub(OKTA, 'okta-annie'), 'annie'],
    ['a user of the pool by the pool’s id', OKTA, opaque('ann'), 'ann'],
    ['a provider’s person by the provider’s id', KEYCLOAK, issSub(KEYCLOAK, 'ann'), 'keycloak|ann'],
    ['a provider’s person by the id here', KEYCLOAK, opaque('keycloak|ann|b'), 'keycloak|ann|b'],
  ])('ends all sessions of %s', async (_, iss, subject, userId) => {
    const { status, body, headers } = await revoke(iss, subject);
    expect([status, body, headers['Cache-Control']]).toEqual([204, '', 'no-store']);
    expect(await ended()).toEqual([userId]);
    expect(system.signedOut).toEqual(iss === OKTA ? [userId] : []);
    const details = expect.objectContaining({ issuer: iss, userId, ended: 1 });
    expect(system.received).toEqual([{ outcome: 'accepted', details }]);
  });

  it.each<[string, string, unknown, number]>([
    ['nobody has the e-mail address', OKTA, email('nobody@example.com'), 404],
    ['nobody has verified the e-mail address', OKTA, email('unverified@example.com'), 404],
    ['two people have the e-mail address', OKTA, email('twin@example.com'), 422],
    ['it is of a user who does not sign in by a provider', OKTA, email('local@example.com'), 403],
    ['it is of another provider’s person', OKTA, email('googler@example.com'), 403],
    ['the id is another provider’s person', OKTA, opaque('googler'), 403],
    ['the id is of nobody', OKTA, opaque('nobody'), 404],
    ['the id differs in its case', OKTA, opaque('ANN'), 404],
    ['the provider has no such person', OKTA, issSub(OKTA, 'nobody'), 404],
    ['several begin like it', OKTA, issSub(OKTA, 'okta-a'), 422],
    ['only another begins like it', OKTA, issSub(OKTA, 'okta-anni'), 403],
    ['the subject has another issuer', OKTA, issSub(KEYCLOAK, 'ann'), 403],
    ['an OpenID provider asks for another’s person', KEYCLOAK, opaque('other|ann'), 403],
    ['an OpenID provider asks for a user of the pool', KEYCLOAK, opaque('ann'), 403],
    ['an OpenID provider asks for a person of another issuer', KEYCLOAK, issSub(OKTA, 'okta-ann'), 403],
    ['an OpenID provider’s people are not in the pool', KEYCLOAK, email('ann@example.com'), 400],
    ['the person of an OpenID provider has no session', KEYCLOAK, issSub(KEYCLOAK, 'nobody'), 404],
    ['the format is unknown', OKTA, { format: 'phone_number', phone_number: '+1' }, 400],
    ['the format is missing', OKTA, { email: 'ann@example.com' }, 400],
    ['the subject is a text', OKTA, 'ann@example.com', 400],
    ['the id is missing', OKTA, { format: 'opaque' }, 400],
    ['the format has no such member', OKTA, { ...opaque('ann'), email: 'annie@example.com' }, 400],
    ['the id is empty', OKTA, opaque(''), 400],
    ['the id is a list', OKTA, { format: 'opaque', id: ['ann'] }, 400],
    ['the e-mail address is none', OKTA, email('ann" or email ^= "'), 400],
  ])('ends nothing and says so if %s', async (_, iss, subject, expected) => {
    const { status, body } = await revoke(iss, subject);
    const { error_description: reason } = JSON.parse(body);
    expect([status, reason]).toEqual([expected, expect.stringMatching(/^[^"\\]+\.$/)]);
    expect([await ended(), system.signedOut]).toEqual([[], []]);
    expect(system.received).toEqual([{ outcome: 'refused', details: expect.objectContaining({ status, reason }) }]);
  });

  it('leaves sessions of later sign-ins alone', async () => {
    expect((await revoke(OKTA, opaque('ann'), { iat: system.seconds() - 60 })).status).toBe(204);
    expect(await ended()).toEqual([]);
  });

  it('is a success for a user of the pool who has no session', async () => {
    expect((await revoke(OKTA, opaque('ann'))).status).toBe(204);
    expect((await revoke(OKTA, opaque('ann'))).status).toBe(204);
  });

  it('is answered 503 and may be sent again if it could not be carried out', async () => {
    const token = await caller(OKTA);
    system.trouble.store = true;
    expect((await send(token, { sub_id: opaque('ann') })).status).toBe(503);
    expect(system.received.at(-1)?.outcome).toBe('failed');
    system.trouble.store = false;
    expect((await send(token, { sub_id: opaque('ann') })).status).toBe(204);
    expect(await ended()).toEqual(['ann']);
  });

  it('cannot be used for somebody else, or a second time', async () => {
    const token = await caller(OKTA);
    expect((await send(token, { sub_id: opaque('ann') })).status).toBe(204);
    expect((await send(token, { sub_id: opaque('annie') })).status).toBe(400);
    expect((await send(token, { sub_id: opaque('ann') })).status).toBe(400);
    expect(await ended()).toEqual(['ann']);
  });

  it('cannot be used for somebody else while it could not be carried out', async () => {
    const token = await caller(OKTA);
    system.trouble.store = true;
    await send(token, { sub_id: opaque('ann') });
    system.trouble.store = false;
    expect((await send(token, { sub_id: opaque('annie') })).status).toBe(400);
    expect(await ended()).toEqual([]);
  });
});

describe('the caller of a global token revocation', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another audience', { aud: 'https://elsewhere.example.com/global-token-revocation' }, TYPE],
    ['an audience that only begins like this', { aud: `${ENDPOINT}/` }, TYPE],
    ['no audience', { aud: undefined }, TYPE],
    ['no jti', { jti: undefined }, TYPE],
    ['no sub', { sub: undefined }, TYPE],
    ['an empty sub', { sub: '' }, TYPE],
    ['no iat', { iat: undefined }, TYPE],
    ['no exp', { exp: undefined }, TYPE],
    ['a time that is over', { exp: 1 }, TYPE],
    ['too old an iat', { iat: Math.floor(Date.now() / 1_000) - 601 }, TYPE],
    ['an issuer that nobody knows', { iss: 'https://elsewhere.example.com' }, TYPE],
    ['no type', {}, {}],
    ['an access token’s type', {}, { typ: 'at+jwt' }],
    ['an ID token’s type', {}, { typ: 'JWT' }],
    ['a logout token’s type', {}, { typ: 'logout+jwt' }],
  ])('with %s is refused with 401', async (_, claims, header) => {
    const { status, headers } = await send(await caller(OKTA, claims, header), { sub_id: opaque('ann') });
    expect([status, headers['WWW-Authenticate']]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(await ended()).toEqual([]);
  });

  it('is told 401 before anything is said of its body', async () => {
    const forged = await system.sign({ iss: OKTA, aud: ENDPOINT, sub: 'okta-client' }, TYPE, true);
    for (const token of [forged, undefined, '']) expect((await send(token, 'not JSON')).status).toBe(401);
    expect((await send(undefined, {}, { authorization: `Basic ${await caller(OKTA)}` })).status).toBe(401);
  });

  it.each([
    ['is not JSON', '{'],
    ['has no sub_id', {}],
    ['is a list', [email('ann@example.com')]],
    ['names two', { sub_id: opaque('ann'), subject: opaque('annie') }],
  ])('is told 400 if the body %s', async (_, body) => {
    expect((await send(await caller(OKTA), body)).status).toBe(400);
    expect(await ended()).toEqual([]);
  });

  // The three examples of the draft's section 3.2, as it and Auth0's documentation spell them.
  it.each([
    ['sub_id', email('user@example.com')],
    ['subject', email('user@example.com')],
    ['sub_id', opaque('e193177dfdc52e3dd03f78c')],
    ['sub_id', issSub('https://issuer.example.com/', 'af19c476f1dc4470fa3d0d9a25')],
  ])('may send the draft’s example with %s: %j', async (name, subject) => {
    const users = [
      poolUser('user'),
      poolUser('e193177dfdc52e3dd03f78c'),
      poolUser('af19', { identities: [{ providerName: 'Okta', userId: 'af19c476f1dc4470fa3d0d9a25' }] }),
    ];
    const issuer = 'https://issuer.example.com/';
    const receivers = [
      {
        standard: 'global-token-revocation',
        issuer,
        audience: ENDPOINT,
        jwksUri: issuer,
        poolProvider: 'Okta',
      } as const,
    ];
    system = await receiving({ users, receivers });
    expect((await send(await caller(issuer), { [name]: subject })).status).toBe(204);
    expect(system.signedOut).toHaveLength(1);
  });
});
