import type { Identity } from '../../lambda/domain/caller';
import { VerifiedTokens } from '../../lambda/identity/token-verifier';

const IDENTITY: Identity = { userId: 'user-1', role: 'user', signInId: 'sign-in-1', signedInAt: 0 };

it('a verified token is known until it has to be verified again', () => {
  const tokens = new VerifiedTokens();
  tokens.keep('token', IDENTITY, 10);
  expect(tokens.find('token', 9)).toBe(IDENTITY);
  expect(tokens.find('token', 10)).toBeUndefined();
  expect(tokens.find('other', 9)).toBeUndefined();
});

it('the oldest is forgotten for the thousand-and-first', () => {
  const tokens = new VerifiedTokens();
  for (let n = 0; n < 1_000; n++) tokens.keep(`token ${n}`, IDENTITY, 2);
  expect(tokens.find('token 0', 1)).toBe(IDENTITY);
  tokens.keep('one more', IDENTITY, 2);
  expect(tokens.find('token 0', 1)).toBeUndefined();
  expect(tokens.find('token 1', 1)).toBe(IDENTITY);
  expect(tokens.find('one more', 1)).toBe(IDENTITY);
});

it('all can be forgotten at once', () => {
  const tokens = new VerifiedTokens();
  tokens.keep('token', IDENTITY, 10);
  tokens.forgetAll();
  expect(tokens.find('token', 9)).toBeUndefined();
});
