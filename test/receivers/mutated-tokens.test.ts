import { createHmac } from 'node:crypto';
import { claimedSignInId } from '../../lambda/identity/identity-of';
import { backchannelLogout } from '../../lambda/receivers/logout-token';
import { globalTokenRevocation } from '../../lambda/receivers/revocation-request';
import { type Random, randomFrom } from '../fuzz/mutations';
import { ENDPOINT, KEYCLOAK, receiving } from './receiving';

/** `MUTATED_TOKENS=5000 npx jest test/receivers/mutated` is the full count. */
const COUNT = Number(process.env.MUTATED_TOKENS ?? 500);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ \n';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
const parts = (token: string) => token.split('.') as [header: string, payload: string, signature: string];
const spliced = (text: string, at: number, gone: number, put: string) =>
  text.slice(0, at) + put + text.slice(at + gone);

/** What somebody makes of a token who cannot sign. */
const MUTATIONS: readonly ((token: string, random: Random) => string)[] = [
  (token, random) => spliced(token, random.below(token.length), 1, random.pick([...ALPHABET])),
  (token, random) => spliced(token, random.below(token.length), 0, random.pick([...ALPHABET])),
  (token, random) => spliced(token, random.below(token.length), 1 + random.below(8), ''),
  // The last letter of a signature has bits that mean nothing.
  (token, random) => spliced(token, token.length - 1, 1, random.pick([...ALPHABET])),
  (token, random) => token + random.pick(['=', '==', '.', ' ', 'A', '\u0000', '.AAAA']),
  (token, random) => token.slice(0, random.below(token.length)),
  (token, random) => {
    const at = random.below(token.length);
    const letter = token[at] ?? '';
    return spliced(token, at, 1, letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase());
  },
  (token, random) =>
    random
      .pick([
        [0, 1],
        [1, 0, 2],
        [0, 2, 1],
        [0, 0, 2],
        [2, 1, 0],
      ])
      .map((at) => parts(token)[at])
      .join('.'),
  (token, random) => {
    const [header, payload, signature] = parts(token);
    const alg = random.pick(['none', 'None', 'HS256', 'RS256', 'ES384', '', 7, null, undefined]);
    return [encode({ ...decode(header), alg }), payload, random.pick([signature, '', 'AAAA'])].join('.');
  },
  (token, random) => {
    const [header, payload, signature] = parts(token);
    const more = random.pick([
      { kid: 'other' },
      { jwk: {} },
      { jku: 'https://example.com' },
      { typ: 'JWT' },
      { b64: false },
      { crit: [] },
    ]);
    return [encode({ ...decode(header), ...more }), payload, signature].join('.');
  },
  (token, random) => {
    const [header, payload, signature] = parts(token);
    const more = random.pick([
      { sub: 'eve' },
      { sid: 'sid-2' },
      { jti: 'x' },
      { exp: 2 ** 40 },
      { iat: 1 },
      { aud: '*' },
      { nonce: 1 },
    ]);
    return [header, encode({ ...decode(payload), ...more }), signature].join('.');
  },
  // The public key is no secret: whoever takes it for one of HMAC takes any token.
  (token, random) => {
    const signed = [encode({ ...decode(parts(token)[0]), alg: 'HS256' }), parts(token)[1]].join('.');
    return `${signed}.${createHmac('sha256', random.pick(['', 'key', 'the-app']))
      .update(signed)
      .digest('base64url')}`;
  },
];

it(`${COUNT} mutated tokens end nothing (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const system = await receiving();
  const sessions = ['sid-1', 'sid-2'].map((sid) => claimedSignInId(KEYCLOAK, sid));
  for (const session of sessions) await system.session(session, 'keycloak|ann');
  await system.session('of eve', 'keycloak|eve');
  const logout = { iss: KEYCLOAK, aud: 'the-app', sub: 'ann', events: EVENTS };
  const body = JSON.stringify({ sub_id: { format: 'iss_sub', iss: KEYCLOAK, sub: 'ann' } });
  for (let sent = 0; sent < COUNT; ) {
    const isLogout = random.chance(0.5);
    const token = isLogout
      ? await system.sign(
          { ...logout, ...random.pick([{}, { sid: 'sid-1' }]) },
          random.pick([{ typ: 'logout+jwt' }, {}]),
        )
      : await system.sign({ iss: KEYCLOAK, aud: ENDPOINT, sub: 'caller' }, { typ: 'global-token-revocation+jwt' });
    for (const mutate of MUTATIONS) {
      const mutated = mutate(token, random);
      if (mutated === token) continue;
      sent += 1;
      const form = new URLSearchParams({ logout_token: mutated }).toString();
      const { status } = isLogout
        ? await system.send(backchannelLogout, {
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: form,
          })
        : await system.send(globalTokenRevocation, { headers: { authorization: `Bearer ${mutated}` }, body });
      expect([mutated, status]).toEqual([mutated, isLogout ? 400 : 401]);
    }
  }
  expect(await system.left(...sessions, 'of eve')).toHaveLength(3);
  expect([...system.noted]).toEqual([]);
  // None of them has marked a sign-in either.
  await system.session(claimedSignInId(KEYCLOAK, 'sid-3'), 'keycloak|ann');
  expect(await system.left(claimedSignInId(KEYCLOAK, 'sid-3'))).toHaveLength(1);
});
