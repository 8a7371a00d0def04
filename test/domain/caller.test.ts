import { assertAdmin, assertMayEnd, assertSelf, assertSelfOrAdmin, type Identity } from '../../lambda/domain/caller';
import { MINUTE, NOW } from '../support/sessions';

const USER: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: NOW };
const ADMIN: Identity = { ...USER, userId: 'admin-1', role: 'admin' };
const forbidden = (message: RegExp) =>
  expect.objectContaining({ code: 'UNAUTHORIZED_PROFILE_ACCESS', message: expect.stringMatching(message) });

describe('what only the user may do', () => {
  it('is done by the user', () => assertSelf(USER, 'user-1'));

  it.each([USER, ADMIN])('is refused to anybody else, an admin too: %j', (caller) => {
    expect(() => assertSelf(caller, 'user-2')).toThrow(forbidden(/not yours/));
  });
});

describe('what an admin may do for any user', () => {
  it('is done by the user or an admin', () => {
    assertSelfOrAdmin(USER, 'user-1');
    assertSelfOrAdmin(ADMIN, 'user-1');
  });

  it('is refused to another user', () => {
    expect(() => assertSelfOrAdmin(USER, 'user-2')).toThrow(forbidden(/not yours/));
  });
});

it('what only admins may do is refused to everybody else', () => {
  assertAdmin(ADMIN);
  expect(() => assertAdmin(USER)).toThrow(forbidden(/administrators/));
});

describe('a recent sign-in', () => {
  const check = (ago: number, { caller = USER, minutes = 10 as number | undefined } = {}) =>
    assertMayEnd({ ...caller, signedInAt: NOW - ago }, 'user-1', minutes, NOW);

  it('is as old as the stage allows', () => {
    check(10 * MINUTE);
    expect(() => check(10 * MINUTE + 1)).toThrow(
      expect.objectContaining({ code: 'SIGN_IN_TOO_OLD', message: expect.stringContaining('last 10 minutes') }),
    );
  });

  it('is not asked of an admin who acts for another user', () => check(60 * MINUTE, { caller: ADMIN }));

  it('is not asked if the stage does not', () => {
    assertMayEnd({ ...USER, signedInAt: 0 }, 'user-1', undefined, NOW);
  });
});
