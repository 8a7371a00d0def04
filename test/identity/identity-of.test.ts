import { canonicalIssuer, identityOf, type OpenIdProvider, type TokenPolicy } from '../../lambda/identity/identity-of';
import { NOW } from '../support/sessions';

const SECONDS = NOW / 1_000;
const POOL = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const POLICY: TokenPolicy = {
  issuer: POOL,
  clientIds: ['client'],
  adminGroup: 'admin',
  acceptUnnamedSignIns: true,
  providers: [],
};
const PROVIDER: OpenIdProvider = { name: 'okta', issuer: 'https://id.example.com', audience: 'the-app' };
const ID = { sub: 'user-1', token_use: 'id', aud: 'client', auth_time: SECONDS, origin_jti: 'sign-in-1' };
const { origin_jti: _, ...UNNAMED } = ID;
const FOREIGN = { sub: 'user-1', aud: 'the-app', auth_time: SECONDS, iat: SECONDS + 60, sid: 'sign-in-1' };

type Claims = Parameters<typeof identityOf>[0];
const ofPool = (claims: object, policy: Partial<TokenPolicy> = {}) =>
  identityOf(claims as Claims, { ...POLICY, ...policy }, undefined, NOW);
const ofProvider = (claims: object, provider: Partial<OpenIdProvider> = {}, policy: Partial<TokenPolicy> = {}) =>
  identityOf(claims as Claims, { ...POLICY, ...policy }, { ...PROVIDER, ...provider }, NOW);
const HASH = /^[\w-]{43}$/;

describe('a user pool token', () => {
  it('with origin_jti has that as its sign-in', () => {
    expect(ofPool(ID)).toEqual({ userId: 'user-1', role: 'user', signInId: 'sign-in-1', signedInAt: NOW });
  });

  it('without origin_jti has a hash of issuer, app client, user and time as its sign-in, the same for each token', () => {
    const idToken = ofPool(UNNAMED);
    expect(idToken).toEqual({ userId: 'user-1', role: 'user', signInId: expect.stringMatching(HASH), signedInAt: NOW });
    expect(ofPool({ ...UNNAMED, token_use: 'access', aud: undefined, client_id: 'client' })).toEqual(idToken);
    expect(ofPool({ ...UNNAMED, iat: SECONDS + 600, jti: 'refreshed' })).toEqual(idToken);
  });

  it.each<[string, object, Partial<TokenPolicy>]>([
    ['app client', { aud: 'other' }, {}],
    ['user', { sub: 'user-2' }, {}],
    ['second', { auth_time: SECONDS + 1 }, {}],
    ['user pool', {}, { issuer: `${POOL}2` }],
  ])('without origin_jti has another sign-in for another %s', (_, claims, policy) => {
    expect(ofPool({ ...UNNAMED, ...claims }, policy).signInId).not.toBe(ofPool(UNNAMED).signInId);
  });

  it('reads the app client of an access token from client_id alone', () => {
    const access = { ...UNNAMED, token_use: 'access', client_id: 'client' };
    expect(ofPool({ ...access, aud: 'anything' }).signInId).toBe(ofPool(UNNAMED).signInId);
    expect(ofPool({ ...access, client_id: 'other' }).signInId).not.toBe(ofPool(UNNAMED).signInId);
  });

  it('without origin_jti has the same sign-in whichever form of its issuer the stage names', () => {
    const issuer = POOL.replace('cognito-idp', 'issuer-cognito-idp');
    expect(ofPool(UNNAMED, { issuer }).signInId).toBe(ofPool(UNNAMED).signInId);
  });

  it('without origin_jti is refused if the stage requires it', () => {
    expect(() => ofPool(UNNAMED, { acceptUnnamedSignIns: false })).toThrow(
      'The token has no sign-in id (origin_jti), which this stage requires.',
    );
    expect(ofPool(ID, { acceptUnnamedSignIns: false }).signInId).toBe('sign-in-1');
  });

  it('without auth_time is refused, even if it has iat', () => {
    expect(() => ofPool({ ...ID, auth_time: undefined, iat: SECONDS })).toThrow(
      'The token has no sign-in time (auth_time), which this stage requires.',
    );
  });

  it('takes no sign-in from sid', () => {
    expect(ofPool({ ...ID, sid: 'other' }).signInId).toBe('sign-in-1');
  });
});

describe('an admin of the user pool', () => {
  it.each<[string, object, Partial<TokenPolicy>, string]>([
    ['a member of the admin group is one', { 'cognito:groups': ['staff', 'admin'] }, {}, 'admin'],
    [
      'a member of the group that the stage names is one',
      { 'cognito:groups': ['ops'] },
      { adminGroup: 'ops' },
      'admin',
    ],
    ['a member of another group is none', { 'cognito:groups': ['administrators'] }, {}, 'user'],
    ['a group that is no list makes none', { 'cognito:groups': 'admin' }, {}, 'user'],
    ['custom:role makes none by default', { 'custom:role': 'admin' }, {}, 'user'],
    ['custom:role makes one if the stage names it', { 'custom:role': 'admin' }, { adminClaim: 'custom:role' }, 'admin'],
    ['custom:role of another value makes none', { 'custom:role': 'Admin' }, { adminClaim: 'custom:role' }, 'user'],
    ['a claim that the stage does not name makes none', { 'custom:r': 'admin' }, { adminClaim: 'custom:role' }, 'user'],
    ['a claim named "undefined" makes none', { undefined: 'admin' }, {}, 'user'],
    ['a list in that claim makes none', { 'custom:role': ['admin'] }, { adminClaim: 'custom:role' }, 'user'],
  ])('%s', (_, claims, policy, role) => {
    expect(ofPool({ ...ID, ...claims }, policy).role).toBe(role);
  });
});

describe('the groups that the stage has limits for', () => {
  const limited = { limitedGroups: ['admin', 'ops', 'auditors'] };

  it.each<[string, object, Partial<TokenPolicy>, string[] | undefined]>([
    ['are those of the user, and no other', { 'cognito:groups': ['ops', 'staff', 'admin'] }, limited, ['admin', 'ops']],
    ['are none for a user of none', { 'cognito:groups': ['staff'] }, limited, undefined],
    ['are none for a group whose name contains one', { 'cognito:groups': ['devops'] }, limited, undefined],
    ['are none if the stage has no limits', { 'cognito:groups': ['ops'] }, {}, undefined],
    [
      'have the admin group for an admin by a claim',
      { 'custom:role': 'admin' },
      { ...limited, adminClaim: 'custom:role' },
      ['admin'],
    ],
  ])('%s', (_, claims, policy, groups) => {
    expect(ofPool({ ...ID, ...claims }, policy).limitedGroups).toEqual(groups);
  });

  it('of another provider are those of the claim that the stage names', () => {
    const claims = { ...FOREIGN, roles: ['ops'], 'cognito:groups': ['auditors'] };
    expect(ofProvider(claims, { groupsClaim: 'roles' }, limited).limitedGroups).toEqual(['ops']);
    expect(ofProvider(claims, {}, limited).limitedGroups).toBeUndefined();
  });
});

describe('a token of another provider', () => {
  it('has a user of the provider’s own, and a hash of issuer and sid as its sign-in', () => {
    expect(ofProvider(FOREIGN)).toEqual({
      userId: 'okta|user-1',
      role: 'user',
      signInId: expect.stringMatching(HASH),
      signedInAt: NOW,
    });
  });

  it('has the same sign-in for each token of the same sid', () => {
    const { signInId } = ofProvider(FOREIGN);
    expect(ofProvider({ ...FOREIGN, iat: SECONDS + 999, auth_time: SECONDS - 5, sub: 'other' }).signInId).toBe(
      signInId,
    );
  });

  it('shares no sign-in with a user pool token whose origin_jti is its sid', () => {
    expect(ofProvider(FOREIGN).signInId).not.toBe(ofPool(ID).signInId);
  });

  it('shares no sign-in with a token of another provider that has the same sid', () => {
    const other = ofProvider(FOREIGN, { name: 'auth0', issuer: 'https://id.example.org' });
    expect(other.signInId).not.toBe(ofProvider(FOREIGN).signInId);
  });

  it('shares no user with another issuer that has the same sub', () => {
    const users = [ofPool(ID), ofProvider(FOREIGN), ofProvider(FOREIGN, { name: 'auth0' })].map(({ userId }) => userId);
    expect(users).toEqual(['user-1', 'okta|user-1', 'auth0|user-1']);
  });

  it.each<[string, object, Partial<OpenIdProvider>, string]>([
    ['sid', { sid: undefined }, {}, 'no sign-in id (sid)'],
    ['sid, although it has origin_jti', { sid: undefined, origin_jti: 's' }, {}, 'no sign-in id (sid)'],
    ['the claim that the stage names', {}, { signInClaim: 'session' }, 'no sign-in id (session)'],
    ['auth_time, which the stage names', { auth_time: undefined }, { signInClaim: 'auth_time' }, '(auth_time)'],
    ['auth_time and iat', { auth_time: undefined, iat: undefined }, {}, 'no sign-in time (iat)'],
    ['sub', { sub: undefined }, {}, 'no user id (sub)'],
  ])('without %s is refused with that claim’s name', (_, claims, provider, message) => {
    expect(() => ofProvider({ ...FOREIGN, ...claims }, provider)).toThrow(message);
  });

  it('has the claim as its sign-in that the stage names', () => {
    const named = (session: string) => ofProvider({ ...FOREIGN, session }, { signInClaim: 'session' }).signInId;
    expect(named('a')).toBe(named('a'));
    expect(named('a')).not.toBe(named('b'));
    expect(named('sign-in-1')).toBe(ofProvider(FOREIGN).signInId);
  });

  it('has a hash of issuer, audience, user and time as its sign-in if the stage names auth_time', () => {
    const provider = { signInClaim: 'auth_time' };
    const of = (claims: object = {}, more: Partial<OpenIdProvider> = {}) =>
      ofProvider({ ...FOREIGN, ...claims }, { ...provider, ...more }).signInId;
    expect(of()).toMatch(HASH);
    expect(of({ sid: 'other', iat: SECONDS + 1 })).toBe(of());
    const others = [
      of({ auth_time: SECONDS - 1 }),
      of({ sub: 'user-2' }),
      of({}, { issuer: 'https://id.example.org' }),
      of({}, { audience: 'other-app' }),
    ];
    expect(new Set([...others, of()]).size).toBe(5);
  });

  it('signed in at iat if the provider sends no auth_time', () => {
    expect(ofProvider({ ...FOREIGN, auth_time: undefined }).signedInAt).toBe(NOW + 60_000);
  });

  it.each<[string, object, Partial<OpenIdProvider>, string]>([
    ['by the groups claim that the stage names', { roles: ['admin'] }, { groupsClaim: 'roles' }, 'admin'],
    ['not by another group', { roles: ['staff'] }, { groupsClaim: 'roles' }, 'user'],
    ['not by a groups claim that no stage names', { groups: ['admin'], '': ['admin'] }, {}, 'user'],
    ['not by the user pool’s claims', { 'cognito:groups': ['admin'], 'custom:role': 'admin' }, {}, 'user'],
  ])('makes an admin %s', (_, claims, provider, role) => {
    expect(ofProvider({ ...FOREIGN, ...claims }, provider, { adminClaim: 'custom:role' }).role).toBe(role);
  });
});

describe('a claim that is not what it should be', () => {
  const ids: [string, unknown][] = [
    ['empty', ''],
    ['a number', 1],
    ['null', null],
    ['a list', ['id']],
    ['longer than 256 characters', 'x'.repeat(257)],
    // It would break lines of logs.
    ['no text for its control character', 'a\nb'],
    // A table may take two such ids for the same one.
    ['no text for its half of a character', 'a\ud800'],
  ];
  it.each(ids)('an id that is %s is refused with the claim’s name', (_, id) => {
    for (const claim of ['sub', 'origin_jti']) {
      expect(() => ofPool({ ...ID, [claim]: id })).toThrow(`The token's ${claim} is not an id`);
    }
    expect(() => ofProvider({ ...FOREIGN, sid: id })).toThrow("The token's sid is not an id");
  });

  it('an id may have any whole characters', () => {
    const id = 'CN="Ada Løvelace 😀", O=…';
    expect(ofProvider({ ...FOREIGN, sub: id }).userId).toBe(`okta|${id}`);
  });

  it('an id of 256 characters is accepted, the name of the provider included', () => {
    expect(ofPool({ ...ID, sub: 'x'.repeat(256) }).userId).toHaveLength(256);
    expect(ofProvider({ ...FOREIGN, sub: 'x'.repeat(251) }).userId).toHaveLength(256);
    expect(() => ofProvider({ ...FOREIGN, sub: 'x'.repeat(252) })).toThrow("The token's sub is not an id");
  });

  const times: [string, unknown, boolean][] = [
    ['now', SECONDS, true],
    ['five minutes from now', SECONDS + 300, true],
    ['the epoch', 0, true],
    ['more than five minutes from now', SECONDS + 301, false],
    ['next year', SECONDS + 365 * 86_400, false],
    ['10^15', 1e15, false],
    ['in milliseconds', NOW, false],
    ['negative', -1, false],
    ['a fraction', SECONDS - 0.5, false],
    ['a string', String(SECONDS), false],
    ['null', null, false],
    ['not a number', Number.NaN, false],
    ['infinite', Number.POSITIVE_INFINITY, false],
  ];
  it.each(times)('a sign-in time that is %s: %j, accepted: %j', (_, time, isAccepted) => {
    const expecting = (identify: () => unknown, claim: string) =>
      isAccepted
        ? expect(identify()).toMatchObject({ signedInAt: Number(time) * 1_000 })
        : expect(identify).toThrow(`The token's ${claim} is not a time`);
    expecting(() => ofPool({ ...ID, auth_time: time }), 'auth_time');
    expecting(() => ofProvider({ ...FOREIGN, auth_time: time }), 'auth_time');
    expecting(() => ofProvider({ ...FOREIGN, auth_time: undefined, iat: time }), 'iat');
  });

  it('is a refusal that says UNAUTHORIZED and bad-token', () => {
    const refusal = { code: 'UNAUTHORIZED', details: { reason: 'bad-token' } };
    expect(() => ofPool({ ...ID, sub: 1 })).toThrow(expect.objectContaining(refusal));
    expect(() => ofPool({ ...ID, sub: undefined })).toThrow(expect.objectContaining(refusal));
    expect(() => ofPool({ ...ID, auth_time: -1 })).toThrow(expect.objectContaining(refusal));
  });
});

it('the two forms of a pool’s issuer have one canonical form, and other issuers stay as they are', () => {
  const other = POOL.replace('https://', 'https://issuer-');
  expect([canonicalIssuer(POOL), canonicalIssuer(other)]).toEqual([POOL, POOL]);
  expect(canonicalIssuer('https://issuer.example.com')).toBe('https://issuer.example.com');
});
