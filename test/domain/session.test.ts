import fc from 'fast-check';
import { COUNTED_AS, NOTHING_CLEANED } from '../../lambda/cleanup/recorded-run';
import {
  activityToRecord,
  DEFAULT_POLICY,
  endOf,
  isAboutNow,
  newSession,
  readTime,
  strictest,
} from '../../lambda/domain/session';
import { DAY, HOUR, iso, LIMITS, legacySessions, legacyTruth, liveSession, MINUTE, NOW } from '../support/sessions';

describe('the rule', () => {
  it('holds for what the older backend left', () => {
    const { now, live, ...truth } = legacyTruth();
    const ends = legacySessions().map((session) => endOf(session, Date.parse(now), DEFAULT_POLICY));
    const counted = { ...NOTHING_CLEANED, totalSessions: ends.length };
    for (const end of ends) if (end) counted[COUNTED_AS[end.reason]]++;
    expect(counted).toMatchObject(truth);
    expect(ends.filter((end) => !end)).toHaveLength(live);
  });

  it('has a session that was just registered live', () => {
    expect(endOf(liveSession(), NOW, DEFAULT_POLICY)).toBeUndefined();
  });

  it.each([
    ['the millisecond before expiresAt', NOW + 1, undefined],
    ['expiresAt itself', NOW, 'expired'],
    ['after expiresAt', NOW - 1, 'expired'],
  ])('says at %s', (_, expiresAt, reason) => {
    expect(endOf(liveSession({ expiresAt: iso(expiresAt) }), NOW, DEFAULT_POLICY)?.reason).toBe(reason);
  });

  it.each([
    [false, 'inactive'],
    [true, undefined],
    [undefined, undefined],
    ['false', undefined],
    [null, undefined],
    [0, undefined],
  ])('takes isActive %p as %p: only false is a reason', (isActive, reason) => {
    expect(endOf(liveSession({ isActive }), NOW, DEFAULT_POLICY)?.reason).toBe(reason);
  });

  it.each([
    ['exactly its timeout ago', 480 * MINUTE, undefined],
    ['a millisecond longer ago', 480 * MINUTE + 1, 'idle'],
  ])('has a session that was used %s', (_, ago, reason) => {
    const session = liveSession({ lastActivity: iso(NOW - ago), loginTime: iso(NOW) });
    expect(endOf(session, NOW, DEFAULT_POLICY)?.reason).toBe(reason);
  });

  it.each([[0], [-5], ['30'], ['soon'], [null], [undefined], [Number.NaN]])(
    'counts a timeout of %p as 480 minutes',
    (sessionTimeout) => {
      const used = (ago: number) => liveSession({ sessionTimeout, lastActivity: iso(NOW - ago) });
      expect(endOf(used(480 * MINUTE), NOW, DEFAULT_POLICY)).toBeUndefined();
      expect(endOf(used(480 * MINUTE + 1), NOW, DEFAULT_POLICY)?.reason).toBe('idle');
    },
  );

  it('takes the login time where the last activity cannot be read', () => {
    const session = liveSession({ lastActivity: 'now', loginTime: iso(NOW - 9 * HOUR) });
    expect(endOf(session, NOW, DEFAULT_POLICY)).toEqual({ reason: 'idle', at: NOW - HOUR });
  });

  it.each([
    ['a millisecond less than 30 days', 30 * DAY - 1, undefined],
    ['30 days', 30 * DAY, 'orphaned'],
  ])('has a session that was created %s ago', (_, ago, reason) => {
    const session = liveSession({ createdAt: iso(NOW - ago), expiresAt: iso(NOW + DAY) });
    expect(endOf(session, NOW, DEFAULT_POLICY)?.reason).toBe(reason);
  });

  it('takes the login time where the creation cannot be read', () => {
    const session = liveSession({ createdAt: 'yesterday', loginTime: iso(NOW - 30 * DAY), expiresAt: iso(NOW + DAY) });
    expect(endOf(session, NOW, DEFAULT_POLICY)?.reason).toBe('orphaned');
  });

  it.each([
    [{ expiresAt: 'garbage' }, 'expiresAt'],
    [{ expiresAt: undefined }, 'expiresAt'],
    [{ expiresAt: true }, 'expiresAt'],
    [{ lastActivity: '', loginTime: '' }, 'lastActivity'],
    [{ createdAt: null, loginTime: undefined }, 'createdAt'],
  ])('calls a session with %p orphaned and says which time cannot be read', (changes, unreadable) => {
    expect(endOf(liveSession(changes), NOW, DEFAULT_POLICY)).toEqual({ reason: 'orphaned', unreadable });
  });

  it('checks in the order of the contract', () => {
    const all = {
      isActive: false,
      lastActivity: iso(NOW - 9 * HOUR),
      createdAt: iso(NOW - 31 * DAY),
      expiresAt: iso(NOW - 1),
    };
    expect(endOf(liveSession(all), NOW, DEFAULT_POLICY)?.reason).toBe('expired');
    expect(endOf(liveSession({ ...all, expiresAt: 'never' }), NOW, DEFAULT_POLICY)?.reason).toBe('inactive');
    expect(endOf(liveSession({ ...all, expiresAt: 'never', isActive: true }), NOW, DEFAULT_POLICY)?.reason).toBe(
      'idle',
    );
    const old = { ...all, expiresAt: 'never', isActive: true, lastActivity: iso(NOW) };
    expect(endOf(liveSession(old), NOW, DEFAULT_POLICY)).toMatchObject({ reason: 'orphaned', at: NOW - DAY });
  });

  it('never calls a session live again that was over before', () => {
    const times = fc.oneof(
      fc.integer({ min: NOW - 40 * DAY, max: NOW + 40 * DAY }).map(iso),
      fc.integer({ min: NOW - 40 * DAY, max: NOW + 40 * DAY }),
      fc.constantFrom('', 'never', null, undefined, true),
    );
    const session = fc.record({
      expiresAt: times,
      lastActivity: times,
      loginTime: times,
      createdAt: times,
      isActive: fc.constantFrom(true, false, undefined),
      sessionTimeout: fc.oneof(fc.integer({ min: -1, max: 50_000 }), fc.constantFrom(undefined, 'soon')),
    });
    fc.assert(
      fc.property(session, fc.nat(40 * DAY), fc.nat(40 * DAY), (changes, first, later) => {
        const at = (now: number) => endOf(liveSession(changes), now, DEFAULT_POLICY);
        return !at(NOW + first) || at(NOW + first + later) !== undefined;
      }),
    );
  });
});

describe('reading a time', () => {
  it.each([
    ['2026-11-23T12:00:00.000Z', NOW],
    ['2026-11-23T12:00:00Z', NOW],
    ['2026-11-23T14:00:00+02:00', NOW],
    ['2026-11-23T12:00:00', NOW],
    [NOW, NOW],
    [NOW / 1_000, NOW],
    [1e11, 1e11],
    [1e11 - 1, (1e11 - 1) * 1_000],
    [0, 0],
    [8.64e15, 8.64e15],
  ])('reads %p', (value, time) => {
    expect(readTime(value)).toBe(time);
  });

  it.each([
    [''],
    ['now'],
    ['never'],
    [[iso(NOW)]],
    ['garbage'],
    ['2026'],
    ['2026-13-45T99:99:99Z'],
    ['23 Nov 2026'],
    [null],
    [undefined],
    [true],
    [{}],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e300],
  ])('does not take %p for one', (value) => {
    expect(readTime(value)).toBeUndefined();
  });
});

describe('a new session', () => {
  it('lasts from its sign-in, however late it registers', () => {
    const session = newSession(
      { sessionId: 's', userId: 'u', signedInAt: NOW - 2 * DAY },
      { ipAddress: '192.0.2.1', userAgent: 'Firefox' },
      LIMITS,
      NOW,
      DEFAULT_POLICY,
    );
    expect(session).toMatchObject({
      loginTime: iso(NOW - 2 * DAY),
      createdAt: iso(NOW),
      lastActivity: iso(NOW),
      expiresAt: iso(NOW + 5 * DAY),
      sessionTimeout: 480,
      isActive: true,
    });
  });

  it.each([
    ['idle timeout', {}, 480 * MINUTE],
    ['absolute lifetime', { idleMinutes: 50_000 }, 168 * HOUR],
    ['greatest age', { idleMinutes: 50_000, lifetimeHours: 2_000 }, 30 * DAY],
  ])('is purged when its %s ends it: in whole seconds, and never early', (_, limits, after) => {
    const now = NOW + 1;
    const session = newSession(
      { sessionId: 's', userId: 'u', signedInAt: now },
      { ipAddress: '192.0.2.1', userAgent: 'Firefox' },
      { ...LIMITS, ...limits },
      now,
      DEFAULT_POLICY,
    );
    expect(session.purgeAt).toBe((NOW + after) / 1_000 + 1);
    expect(endOf(session, session.purgeAt * 1_000, DEFAULT_POLICY)).toBeDefined();
  });
});

describe('recorded activity', () => {
  it.each([
    ['a twentieth of the idle timeout old', 24 * MINUTE, false],
    ['older than that', 24 * MINUTE + 1, true],
  ])('is written when what is stored is %s: %p', (_, ago, written) => {
    const activity = activityToRecord(liveSession({ lastActivity: iso(NOW - ago) }), NOW, DEFAULT_POLICY);
    expect(activity !== undefined).toBe(written);
  });

  it('moves the purge with it, and never past the absolute end', () => {
    const nearItsEnd = liveSession({ lastActivity: iso(NOW - HOUR), expiresAt: iso(NOW + HOUR) });
    expect(activityToRecord(nearItsEnd, NOW, DEFAULT_POLICY)).toEqual({
      lastActivity: iso(NOW),
      updatedAt: iso(NOW),
      purgeAt: (NOW + HOUR) / 1_000,
    });
  });

  it('is written where the stored one cannot be read', () => {
    expect(activityToRecord(liveSession({ lastActivity: 'now' }), NOW, DEFAULT_POLICY)?.lastActivity).toBe(iso(NOW));
  });
});

it.each([
  ['now', iso(NOW), true],
  ['five minutes ago', iso(NOW - 5 * MINUTE), true],
  ['more than five minutes ahead', iso(NOW + 5 * MINUTE + 1), false],
  ['no time', 'soon', false],
])('a login time of %s is about now: %p', (_, time, about) => {
  expect(isAboutNow(time, NOW)).toBe(about);
});

describe('the strictest of several limits', () => {
  it.each<[string, Partial<typeof LIMITS>[], typeof LIMITS]>([
    ['is the stage’s where there is no other', [], LIMITS],
    [
      'takes each limit by itself',
      [{ idleMinutes: 15 }, { lifetimeHours: 12 }],
      { idleMinutes: 15, lifetimeHours: 12 },
    ],
    [
      'is the least of all',
      [{ idleMinutes: 30 }, { idleMinutes: 15 }, { idleMinutes: 60 }],
      { ...LIMITS, idleMinutes: 15 },
    ],
    ['is never more than the stage gives', [{ idleMinutes: 999, lifetimeHours: 999 }], LIMITS],
    ['does not mind one that is not set', [{ lifetimeHours: undefined }], LIMITS],
  ])('%s', (_, others, expected) => {
    expect(strictest([LIMITS, ...others])).toEqual(expected);
  });
});
