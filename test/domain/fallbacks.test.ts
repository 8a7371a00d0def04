import { DEFAULT_POLICY, endOf, openedAt } from '../../lambda/domain/session';
import { DAY, HOUR, iso, liveSession, NOW } from '../support/sessions';

const end = (changes: object) => endOf(liveSession({ expiresAt: iso(NOW + DAY), ...changes }), NOW, DEFAULT_POLICY);

describe('the login time stands in for a time that cannot be read:', () => {
  it('for the creation, until it is 30 days ago', () => {
    const withLogin = (loginTime: number) => end({ createdAt: undefined, loginTime: iso(loginTime) });
    expect(withLogin(NOW - 30 * DAY + 1)).toBeUndefined();
    expect(withLogin(NOW - 30 * DAY)).toEqual({ reason: 'orphaned', at: NOW });
  });

  it('for the last activity, until it is longer ago than the timeout', () => {
    const withLogin = (loginTime: number) => end({ lastActivity: 'now', loginTime: iso(loginTime) });
    expect(withLogin(NOW - 8 * HOUR)).toBeUndefined();
    expect(withLogin(NOW - 8 * HOUR - 1)).toEqual({ reason: 'idle', at: NOW - 1 });
  });

  it('for the order in which sessions were opened', () => {
    expect(openedAt(liveSession({ createdAt: iso(NOW - 1), loginTime: iso(NOW - 2) }))).toBe(NOW - 1);
    expect(openedAt(liveSession({ createdAt: 'never', loginTime: iso(NOW - 2) }))).toBe(NOW - 2);
    expect(openedAt(liveSession({ createdAt: 'never', loginTime: 'never' }))).toBe(0);
  });
});
