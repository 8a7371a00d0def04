import { claimsOf, signInOf, userIdOf } from '../../client/token';
import { tokenWith } from './scripted-api';

const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.sig`;

describe('The user’s id', () => {
  test('is the sub of the token, in whatever script it is written', () => {
    expect(userIdOf(tokenWith({ sub: 'ada' }))).toBe('ada');
    expect(userIdOf(tokenWith({ sub: 'Ада 😀 ÿ' }))).toBe('Ада 😀 ÿ');
  });

  test.each([
    ['nothing', ''],
    ['one word', 'token'],
    ['no base64', 'a.%.b'],
    ['no JSON', jwt('sub')],
    ['JSON that is null', jwt('null')],
    ['JSON that is a text', jwt('"ada"')],
    ['no sub', jwt('{}')],
    ['an empty sub', jwt('{"sub":""}')],
    ['a sub that is no text', jwt('{"sub":1}')],
  ])('is in no token that has %s: the error says what is expected, and does not repeat the token', (_, token) => {
    expect(() => userIdOf(token)).toThrow(
      new TypeError('token() must give an ID or access token of the user pool: a JWT with a sub claim.'),
    );
  });
});

describe('The claims of a token', () => {
  test('are read from base64url, with the characters that base64 does not have', () => {
    const claims = { sub: 'a?>~~~ÿÿÿ>>>???' };
    const token = tokenWith(claims);

    expect(token).toMatch(/-.*_|_.*-/);
    expect(claimsOf(token)).toEqual(claims);
  });

  test('are none if the payload is no object', () => {
    expect([claimsOf(jwt('1')), claimsOf(jwt('null')), claimsOf('x')]).toEqual([undefined, undefined, undefined]);
  });
});

describe('A sign-in', () => {
  test('is the same for its refreshed tokens', () => {
    const claims = { iss: 'issuer', sid: 'session', auth_time: 1 };
    expect(signInOf(tokenWith({ ...claims, iat: 2 }))).toBe(signInOf(tokenWith({ ...claims, iat: 3 })));
    expect(signInOf(tokenWith({ origin_jti: 'first', auth_time: 1 }))).toBe(
      signInOf(tokenWith({ origin_jti: 'first', auth_time: 2 })),
    );
  });

  test.each(['iss', 'sub', 'sid', 'auth_time', 'origin_jti'])('is another one if it has another %s', (claim) => {
    const claims = { iss: 'issuer', sub: 'ada', sid: 'session', auth_time: 1 };
    expect(signInOf(tokenWith({ ...claims, [claim]: 'other' }))).not.toBe(signInOf(tokenWith(claims)));
  });

  test('is named by what is text: another origin_jti is not looked at', () => {
    expect(signInOf(tokenWith({ origin_jti: 7 }))).toBe(signInOf(tokenWith({})));
  });

  test('of a token that cannot be read is the token', () => {
    expect(signInOf('opaque')).toBe('opaque');
  });
});
