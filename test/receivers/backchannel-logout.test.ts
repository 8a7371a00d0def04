import { claimedSignInId } from '../../lambda/identity/identity-of';
import { backchannelLogout } from '../../lambda/receivers/logout-token';
import { KEYCLOAK, OKTA, poolUser, type Receiving, receiver, receiving } from './receiving';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const ANN = 'keycloak|ann';
const SIGN_IN = claimedSignInId(KEYCLOAK, 'sid-1');
const OTHER_SIGN_IN = claimedSignInId(KEYCLOAK, 'sid-2');
const LOGOUT = { iss: KEYCLOAK, aud: 'the-app', sub: 'ann', sid: 'sid-1', events: { [EVENT]: {} } };

let system: Receiving;
beforeEach(async () => {
  system = await receiving({ users: [poolUser('bob')] });
  await system.session(SIGN_IN, ANN);
  await system.session(OTHER_SIGN_IN, ANN);
  await system.session('eve', 'keycloak|eve');
  await system.session('bob-1', 'bob');
});

const all = () => system.left(SIGN_IN, OTHER_SIGN_IN, 'eve', 'bob-1');
const post = (token: string) => system.send(backchannelLogout, { headers: FORM, body: form(token) });
const form = (token: string) => new URLSearchParams({ logout_token: token }).toString();
const logOut = async (
  claims: Record<string, unknown> = {},
  header = { typ: 'logout+jwt' } as Record<string, unknown>,
) => post(await system.sign({ ...LOGOUT, ...claims }, header));

describe('a logout token', () => {
  it('with sid and sub ends that sign-in and no other, and is answered as the specification says', async () => {
    const { status, body, headers } = await logOut();
    expect([status, body, headers['Cache-Control']]).toEqual([200, '', 'no-store']);
    expect(await all()).toEqual([OTHER_SIGN_IN, 'eve', 'bob-1']);
    const details = { status: 200, issuer: KEYCLOAK, userId: ANN, ended: 1 };
    expect(system.received).toEqual([{ outcome: 'accepted', details: expect.objectContaining(details) }]);
  });

  it('with sid alone ends that sign-in', async () => {
    expect((await logOut({ sub: undefined })).status).toBe(200);
    expect(await all()).toEqual([OTHER_SIGN_IN, 'eve', 'bob-1']);
  });

  it('with sub alone ends all sign-ins of that person at that provider', async () => {
    expect((await logOut({ sid: undefined })).status).toBe(200);
    expect(await all()).toEqual(['eve', 'bob-1']);
  });

  it('marks a session with the reason before it is deleted', async () => {
    const marked: unknown[] = [];
    const { markRevoked } = system.store;
    system.store.markRevoked = async (...call) => {
      marked.push(call[2]);
      return markRevoked(...call);
    };
    await logOut();
    await logOut({ sid: undefined });
    expect(marked).toEqual(['signed-out-at-provider', 'signed-out-at-provider']);
  });

  it('keeps a sign-in that has not registered from doing so', async () => {
    expect((await logOut({ sid: 'sid-3' })).status).toBe(200);
    const signIn = claimedSignInId(KEYCLOAK, 'sid-3');
    await system.session(signIn, ANN);
    expect(await system.left(signIn)).toEqual([]);
  });

  it.each([{ sid: 'sid-1' }, { sid: undefined }])('leaves sessions of later sign-ins alone: %j', async (claims) => {
    expect((await logOut({ ...claims, iat: system.seconds() - 60 })).status).toBe(200);
    expect(await all()).toEqual([SIGN_IN, OTHER_SIGN_IN, 'eve', 'bob-1']);
  });

  it('for somebody who is logged out already has succeeded', async () => {
    expect([(await logOut()).status, (await logOut()).status]).toEqual([200, 200]);
    expect(system.received.at(-1)?.details).toMatchObject({ ended: 0 });
  });

  it('ends nothing if its sid is another person’s', async () => {
    const { status, body } = await logOut({ sub: 'eve' });
    expect([status, JSON.parse(body).error_description]).toEqual([400, 'The sid is not of a sign-in of the sub.']);
    expect(await all()).toHaveLength(4);
  });

  it('is accepted once', async () => {
    const token = await system.sign(LOGOUT);
    expect((await post(token)).status).toBe(200);
    const late = claimedSignInId(KEYCLOAK, 'sid-4');
    await system.session(late, ANN);
    const { status, body } = await post(token);
    expect([status, JSON.parse(body)]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })]);
  });

  it('cannot be followed by another of the same jti', async () => {
    await logOut({ jti: 'one' });
    expect((await logOut({ jti: 'one', sid: 'sid-2' })).status).toBe(400);
    expect(await all()).toContain(OTHER_SIGN_IN);
  });

  it('may be sent again if it could not be carried out', async () => {
    const token = await system.sign(LOGOUT);
    system.trouble.store = true;
    const { status, body } = await post(token);
    expect([status, JSON.parse(body).error]).toEqual([400, 'temporarily_unavailable']);
    expect(system.received).toEqual([{ outcome: 'failed', details: expect.objectContaining({ status: 400 }) }]);
    system.trouble.store = false;
    expect((await post(token)).status).toBe(200);
    expect(await all()).not.toContain(SIGN_IN);
  });

  it('ends nothing while the issuer’s keys cannot be fetched, and may be sent again', async () => {
    system = await receiving({ hasKeys: false });
    await system.session(SIGN_IN, ANN);
    const token = await system.sign(LOGOUT);
    expect((await post(token)).status).toBe(400);
    expect(system.received.at(-1)?.outcome).toBe('failed');
    expect(await system.left(SIGN_IN)).toEqual([SIGN_IN]);
    system.trouble.keys = false;
    system.later(2_000);
    expect((await post(token)).status).toBe(200);
    expect(await system.left(SIGN_IN)).toEqual([]);
  });

  it('of a provider of the user pool ends all sessions of its user, and signs them out at the pool', async () => {
    expect((await logOut({ iss: OKTA, aud: 'client', sub: 'okta-bob' })).status).toBe(200);
    expect(await all()).toEqual([SIGN_IN, OTHER_SIGN_IN, 'eve']);
    expect(system.signedOut).toEqual(['bob']);
  });

  it('must have a sub if the stage does not know the provider’s sign-ins by sid', async () => {
    const { status, body } = await logOut({ iss: OKTA, aud: 'client', sub: undefined });
    expect([status, JSON.parse(body).error_description]).toEqual([400, expect.stringContaining('needs a sub')]);
  });

  it('with sid ends all sign-ins of its person if the stage knows them by another claim', async () => {
    const provider = { name: 'keycloak', issuer: KEYCLOAK, signInClaim: 'auth_time' };
    system = await receiving({ receivers: [receiver('backchannel-logout', KEYCLOAK, 'the-app', { provider })] });
    await system.session('a', ANN);
    await system.session('b', ANN);
    expect((await logOut()).status).toBe(200);
    expect(await system.left('a', 'b')).toEqual([]);
  });
});

// Section by section, what OpenID Connect Back-Channel Logout 1.0 asks of a receiver.
describe('OpenID Connect Back-Channel Logout 1.0', () => {
  /** What is asked, and claims and header of a token that shows it. */
  type Case = readonly [asked: string, claims: Record<string, unknown>, header?: Record<string, unknown>];
  const table = (...cases: Case[]) =>
    cases.map(([asked, claims, header = { typ: 'logout+jwt' }]) => [asked, claims, header] as const);

  it.each(
    table(
      [
        '2.4: claims that are not understood are ignored',
        { 'https://example.com/claim': 1, events: { [EVENT]: {}, other: 1 } },
      ],
      ['2.4: the event’s value need not be empty', { events: { [EVENT]: { reason: 'x' } } }],
      ['2.4: the token need not have a type', {}, {}],
      ['2.4: nor its type be more than JWT', {}, { typ: 'JWT' }],
      ['2.4: types differ by their letters only', {}, { typ: 'Logout+JWT' }],
      ['2.4: a type may be written in full', {}, { typ: 'application/logout+jwt' }],
      ['2.6: one of several audiences is this stage, which azp says', { aud: ['other', 'the-app'], azp: 'the-app' }],
      ['2.6: an audience may be a list', { aud: ['the-app'] }],
    ),
  )('%s', async (_, claims, header) => {
    expect((await logOut(claims, header)).status).toBe(200);
    expect(await all()).not.toContain(SIGN_IN);
  });

  it.each(
    table(
      ['2.4: iss is required', { iss: undefined }],
      ['2.4: aud is required', { aud: undefined }],
      ['2.4: iat is required', { iat: undefined }],
      ['2.4: exp is required', { exp: undefined }],
      ['2.4: jti is required', { jti: undefined }],
      ['2.4: jti says something', { jti: '' }],
      ['2.4: events is required', { events: undefined }],
      ['2.4: events has the logout event', { events: { other: {} } }],
      ['2.4: the event’s value is an object, not a text', { events: { [EVENT]: '' } }],
      ['2.4: the event’s value is an object, not null', { events: { [EVENT]: null } }],
      ['2.4: the event’s value is an object, not a list', { events: { [EVENT]: [] } }],
      ['2.4: events is an object', { events: EVENT }],
      ['2.4: nonce is prohibited', { nonce: 'n' }],
      ['2.4: an empty nonce is prohibited, too', { nonce: null }],
      ['2.4, 2.6: sub, sid or both', { sub: undefined, sid: undefined }],
      ['2.4: sid is a text', { sid: 7 }],
      ['2.4: sid is an id', { sid: '' }],
      ['2.4: sub is an id', { sub: 'a'.repeat(257) }],
      ['2.6: iss is a provider’s that the stage listens to', { iss: 'https://elsewhere.example.com' }],
      ['2.6: iss is the provider’s, letter by letter', { iss: `${KEYCLOAK}/` }],
      ['2.6: aud is this stage', { aud: 'another-app' }],
      ['2.6: other audiences are trusted only if azp is this stage', { aud: ['other', 'the-app'] }],
      ['2.6: exp is not over', { exp: 1 }],
      ['2.6: iat is not in the future', { iat: Math.floor(Date.now() / 1_000) + 60 }],
      ['2.6: iat is recent', { iat: Math.floor(Date.now() / 1_000) - 601 }],
      ['2.6: nbf is not in the future', { nbf: Math.floor(Date.now() / 1_000) + 60 }],
      ['4.1: a token of another type is another token', {}, { typ: 'at+jwt' }],
      [
        'RFC 7515, 4.1.11: critical extensions are understood, or the token is refused',
        {},
        { crit: ['b64'], b64: true },
      ],
    ),
  )('%s', async (_, claims, header) => {
    const { status, headers, body } = await logOut(claims, header);
    const { error, error_description } = JSON.parse(body);
    expect([status, headers['Cache-Control'], headers['Content-Type']]).toEqual([400, 'no-store', 'application/json']);
    // RFC 6749, 5.2: what an error_description may consist of.
    expect([error, error_description]).toEqual([
      'invalid_request',
      expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    ]);
    expect(await all()).toHaveLength(4);
    expect(system.received).toEqual([
      { outcome: 'refused', details: expect.objectContaining({ reason: error_description }) },
    ]);
  });

  it('2.5: other values of the form are ignored', async () => {
    const body = `a=1&${form(await system.sign(LOGOUT))}&b=2`;
    expect((await system.send(backchannelLogout, { headers: FORM, body })).status).toBe(200);
  });

  it.each<[string, (token: string) => { headers?: Record<string, string>; body?: string }]>([
    ['the body is a form', (token) => ({ headers: { 'content-type': 'application/json' }, body: form(token) })],
    ['the form has a logout_token', () => ({ headers: FORM, body: 'token=x' })],
    ['the form has one logout_token', (token) => ({ headers: FORM, body: `${form(token)}&${form(token)}` })],
    ['the body is not missing', () => ({ headers: FORM })],
    ['the body has a type', (token) => ({ body: form(token) })],
    ['the body is no more than 16 KB', (token) => ({ headers: FORM, body: `a=${'a'.repeat(16_384)}&${form(token)}` })],
    ['wherever in it the token is', (token) => ({ headers: FORM, body: `${form(token)}&a=${'a'.repeat(16_384)}` })],
  ])('2.5: %s', async (_, request) => {
    expect((await system.send(backchannelLogout, request(await system.sign(LOGOUT)))).status).toBe(400);
    expect(await all()).toHaveLength(4);
  });

  it('2.5: the form may come in base64', async () => {
    const event = { headers: FORM, body: Buffer.from(form(await system.sign(LOGOUT))).toString('base64') };
    expect((await system.send(backchannelLogout, { ...event, isBase64Encoded: true } as never)).status).toBe(200);
  });

  it('2.6: the signature is the issuer’s', async () => {
    expect((await post(await system.sign(LOGOUT, {}, true))).status).toBe(400);
    expect((await post(await system.sign(LOGOUT, { kid: 'unknown' }))).status).toBe(400);
    expect(await all()).toHaveLength(4);
  });

  it('2.6: a token without a signature is refused', async () => {
    const [, payload] = (await system.sign(LOGOUT)).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'logout+jwt', kid: 'key' })).toString('base64url');
    for (const token of [`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.AAAA`]) {
      expect((await post(token)).status).toBe(400);
    }
    expect(await all()).toHaveLength(4);
  });

  it('2.6: the specification’s own example is refused, because its time is long over', async () => {
    const example = {
      iss: 'https://server.example.com',
      sub: '248289761001',
      aud: 's6BhdRkqt3',
      iat: 1471566154,
      exp: 1471569754,
      jti: 'bWJq',
      sid: '08a5019c-17e1-4977-8f42-65a12843ea02',
      events: { [EVENT]: {} },
    };
    const provider = { name: 'server', issuer: example.iss };
    system = await receiving({ receivers: [receiver('backchannel-logout', example.iss, example.aud, { provider })] });
    const signIn = claimedSignInId(example.iss, example.sid);
    await system.session(signIn, `server|${example.sub}`);
    expect((await post(await system.sign(example))).status).toBe(400);
    expect(await system.left(signIn)).toEqual([signIn]);
    // The same claims, now.
    const { iat, exp, ...claims } = example;
    expect((await post(await system.sign(claims))).status).toBe(200);
    expect(await system.left(signIn)).toEqual([]);
  });
});
