import type { Identity } from '../../lambda/domain/caller';
import { latestMatch, useCurrentSession } from '../../lambda/domain/current';
import { logOut } from '../../lambda/domain/end';
import type { SessionStore } from '../../lambda/domain/store';
import { memoryStore } from '../support/memory-store';
import { HOUR, iso, liveSession, MINUTE, NOW } from '../support/sessions';

const CONNECTION = { ipAddress: '192.0.2.1', userAgent: 'Firefox' };
const NAMED: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', issuer: 'i', signedInAt: NOW };
const { signInId: _, ...UNNAMED } = NAMED;

let store: SessionStore;
const use = async (identity: Identity, now = NOW) =>
  (await useCurrentSession(store, identity, CONNECTION, now)).session;
const legacy = (changes: Parameters<typeof liveSession>[0]) => liveSession({ namesSignIn: undefined, ...changes });

beforeEach(() => {
  store = memoryStore();
});

describe('the session that a token stands for', () => {
  it('is the one of its sign-in', async () => {
    await store.create(liveSession());
    expect((await use(NAMED))?.sessionId).toBe('session-1');
  });

  it('is none when that one does not exist, even where an old item would match', async () => {
    await store.create(legacy({ sessionId: 'legacy' }));
    expect(await use(NAMED)).toBeUndefined();
  });

  it('is none when that one is over, or another user’s', async () => {
    await store.create(liveSession());
    expect(await use(NAMED, NOW + 9 * HOUR)).toBeUndefined();
    expect(await use({ ...NAMED, userId: 'user-2' })).toBeUndefined();
  });

  it('is, for a token that names no sign-in, the matching one used last', async () => {
    await store.create(legacy({ sessionId: 'older', lastActivity: iso(NOW - MINUTE) }));
    await store.create(legacy({ sessionId: 'latest' }));
    await store.create(legacy({ sessionId: 'other address', ipAddress: '192.0.2.2', lastActivity: iso(NOW + MINUTE) }));
    expect((await use(UNNAMED))?.sessionId).toBe('latest');
  });

  it('is never, for such a token, a session that belongs to a named sign-in', async () => {
    await store.create(liveSession());
    expect(await use(UNNAMED)).toBeUndefined();
  });

  it('is none when it was ended between the look and the write', async () => {
    await store.create(liveSession({ lastActivity: iso(NOW - HOUR) }));
    const racing: SessionStore = {
      ...store,
      recordActivity: async (session, activity) => {
        await store.delete(session.sessionId, session.userId);
        return store.recordActivity(session, activity);
      },
    };
    expect(await useCurrentSession(racing, NAMED, CONNECTION, NOW)).toEqual({ ended: 'ended or never registered' });
    expect(await store.find('session-1')).toBeUndefined();
  });
});

describe('activity', () => {
  it('is recorded when what is stored is old, and keeps the session live', async () => {
    await store.create(liveSession());
    for (let now = NOW; now < NOW + 24 * HOUR; now += HOUR) expect(await use(NAMED, now)).toBeDefined();
    expect((await store.find('session-1'))?.lastActivity).toBe(iso(NOW + 23 * HOUR));
  });

  it('[V7.3.2] does not extend the absolute lifetime', async () => {
    await store.create(liveSession());
    let now = NOW;
    while (await use(NAMED, now)) now += HOUR;
    expect(now).toBe(NOW + 168 * HOUR);
  });

  it('is not written while what is stored is fresh', async () => {
    await store.create(liveSession());
    const written = jest.spyOn(store, 'recordActivity');
    await use(NAMED, NOW + 24 * MINUTE);
    expect(written).not.toHaveBeenCalled();
  });
});

describe('the match by device and address', () => {
  it('leaves out what is over', () => {
    expect(latestMatch([legacy({ isActive: false })], CONNECTION, NOW)).toBeUndefined();
  });
});

describe('logging out', () => {
  it('ends the token’s own session and the user’s sessions that are over', async () => {
    await store.create(liveSession());
    await store.create(legacy({ sessionId: 'over', isActive: false }));
    await store.create(liveSession({ sessionId: 'another' }));
    expect(await logOut(store, NAMED, CONNECTION, NOW)).toBe('session-1');
    expect(await store.idsOf('user-1')).toEqual(['another']);
  });

  it('ends one session of the older backend where the own one does not exist', async () => {
    await store.create(legacy({ sessionId: 'older', lastActivity: iso(NOW - MINUTE) }));
    await store.create(legacy({ sessionId: 'latest' }));
    expect(await logOut(store, NAMED, CONNECTION, NOW)).toBe('latest');
    expect(await store.idsOf('user-1')).toEqual(['older']);
  });

  it('is idempotent and says nothing of a session the second time', async () => {
    await store.create(liveSession());
    await logOut(store, NAMED, CONNECTION, NOW);
    expect(await logOut(store, NAMED, CONNECTION, NOW)).toBeUndefined();
  });

  it('does not say that a session was ended when it could not be deleted', async () => {
    const failing: SessionStore = { ...store, delete: () => Promise.reject(new Error('no database')) };
    await expect(logOut(failing, NAMED, CONNECTION, NOW)).rejects.toThrow('no database');
  });
});
