import type { Identity } from '../../lambda/domain/caller';
import { resolveCurrentSession } from '../../lambda/domain/caller';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { type MemoryStore, memoryStore } from '../support/memory-store';
import { DAY, HOUR, iso, liveSession, MINUTE, NOW } from '../support/sessions';

/** A session that never ends fails a test; it does not keep it running. */
const YEAR = 365 * DAY;
const IDENTITY: Identity = { userId: 'user-1', role: 'user', signInId: 'session-1', signedInAt: NOW };

let store: MemoryStore;
const check = (identity = IDENTITY, now = NOW, { passive = false, policy = DEFAULT_POLICY } = {}) =>
  resolveCurrentSession(store, identity, { now, policy, passive });
const session = async (identity = IDENTITY, now = NOW) => (await check(identity, now)).session;
const legacy = (changes: Parameters<typeof liveSession>[0]) => liveSession({ purgeAt: undefined, ...changes });
const mark = (signInId = 'session-1') => store.closeSignIn(signInId, 'user-1', NOW);

beforeEach(() => {
  store = memoryStore();
});

describe('the session of a token', () => {
  it('is the one of its sign-in', async () => {
    await store.create(liveSession());
    expect(await check()).toEqual({ session: await store.find('session-1'), renewed: false });
  });

  it('is none if that one does not exist, even if an item of the older backend is of the same device', async () => {
    await store.create(legacy({ sessionId: 'legacy' }));
    expect(await session()).toBeUndefined();
  });

  it('is none if it belongs to another user', async () => {
    await store.create(liveSession());
    expect(await check({ ...IDENTITY, userId: 'user-2' })).toEqual({ reason: 'ended' });
  });

  it('is found if it registers while its sign-in’s mark is looked for', async () => {
    const { findRegistration } = store;
    store = {
      ...store,
      findRegistration: async (signInId) => {
        await store.create(liveSession());
        await mark();
        return findRegistration(signInId);
      },
    };
    expect((await check()).session).toEqual(liveSession());
  });

  it('is found though a plain read cannot see it yet: reads of two moments show two sides of a registration', async () => {
    await store.create(liveSession());
    await mark();
    // As long as the transaction is being applied, a plain read of the session may still miss it.
    store = { ...store, find: async () => undefined };
    expect((await check()).session).toEqual(liveSession());
  });

  it('is none if it was ended between the read and the write', async () => {
    await store.create(liveSession({ lastActivity: iso(NOW - HOUR) }));
    const { recordActivity } = store;
    store = {
      ...store,
      recordActivity: async (session, activity) => {
        await store.delete(session.sessionId, session.userId);
        return recordActivity(session, activity);
      },
    };
    expect(await check()).toEqual({ reason: 'ended' });
    expect(await store.find('session-1')).toBeUndefined();
  });

  it('is judged by the stage’s policy', async () => {
    await store.create(liveSession({ createdAt: iso(NOW - 24 * HOUR) }));
    expect((await check(IDENTITY, NOW, { policy: { maxAgeDays: 1 } })).session).toBeUndefined();
    expect((await check(IDENTITY, NOW, { policy: { maxAgeDays: 2 } })).session).toBeDefined();
  });
});

describe('a token without a live session', () => {
  it('has ended if the session is over and still stored, with the rule’s reason', async () => {
    await store.create(liveSession());
    expect(await check(IDENTITY, NOW + 9 * HOUR)).toEqual({ reason: 'ended', end: 'idle' });
  });

  it('has ended if its sign-in has registered', async () => {
    await mark();
    expect(await check()).toEqual({ reason: 'ended' });
  });

  it('never registered if its sign-in has no mark', async () => {
    await mark('another');
    expect(await check()).toEqual({ reason: 'never-registered' });
  });
});

describe('the reads', () => {
  it('are one for a live session; the mark is read only for a denial', async () => {
    await store.create(liveSession());
    const found = jest.spyOn(store, 'find');
    const [listed, read, marked] = [
      jest.spyOn(store, 'idsOf'),
      jest.spyOn(store, 'read'),
      jest.spyOn(store, 'findRegistration'),
    ];
    await check();
    expect(found.mock.calls).toEqual([['session-1']]);
    for (const other of [listed, read, marked]) expect(other).not.toHaveBeenCalled();
    await check({ ...IDENTITY, signInId: 'other' });
    expect(found).toHaveBeenCalledTimes(2);
    expect(marked.mock.calls).toEqual([['other']]);
    for (const other of [listed, read]) expect(other).not.toHaveBeenCalled();
  });
});

describe('activity', () => {
  it('is recorded if what is stored is old, and keeps the session live', async () => {
    await store.create(liveSession());
    for (let now = NOW; now < NOW + 24 * HOUR; now += HOUR) {
      expect(await check(IDENTITY, now)).toMatchObject({ renewed: now > NOW });
    }
    expect((await store.find('session-1'))?.lastActivity).toBe(iso(NOW + 23 * HOUR));
  });

  it('[V7.3.2] does not extend the absolute lifetime', async () => {
    await store.create(liveSession());
    let now = NOW;
    while (now < NOW + YEAR && (await session(IDENTITY, now))) now += HOUR;
    expect(now).toBe(NOW + 168 * HOUR);
  });

  it('is not written while what is stored is fresh', async () => {
    await store.create(liveSession());
    const written = jest.spyOn(store, 'recordActivity');
    await check(IDENTITY, NOW + 24 * MINUTE);
    expect(written).not.toHaveBeenCalled();
  });

  describe('from another address', () => {
    const places: Record<string, string> = { '198.51.100.9': 'DE', '203.0.113.9': 'AT' };
    const use = (ipAddress: string | undefined, at: number, changes: object = {}) =>
      resolveCurrentSession(store, IDENTITY, {
        now: NOW + at,
        policy: DEFAULT_POLICY,
        passive: false,
        from: ipAddress === undefined ? undefined : { ipAddress },
        locate: ({ ipAddress: address }) => (places[address] ? { country: places[address] } : undefined),
        ...changes,
      });
    const stored = () => store.find('session-1');

    beforeEach(() => store.create(liveSession({ ipAddress: '192.0.2.1', locationData: { country: 'CH' } })));

    it('is recorded with that address and its place', async () => {
      await use('198.51.100.9', HOUR);
      expect(await stored()).toMatchObject({
        ipAddress: '192.0.2.1',
        lastIpAddress: '198.51.100.9',
        locationData: { country: 'DE' },
      });
    });

    it('forgets the place if that of the new address is not known', async () => {
      await use('10.0.0.1', HOUR);
      expect(await stored()).toMatchObject({ lastIpAddress: '10.0.0.1' });
      expect((await stored())?.locationData).toBeUndefined();
    });

    it('has no place if the stage wants none', async () => {
      await use('198.51.100.9', HOUR, { locate: undefined });
      expect((await stored())?.locationData).toBeUndefined();
    });

    it('is not written before activity is due', async () => {
      const written = jest.spyOn(store, 'recordActivity');
      await use('198.51.100.9', MINUTE);
      await use('198.51.100.9', HOUR, { passive: true });
      expect(written).not.toHaveBeenCalled();
    });

    it.each([undefined, '192.0.2.1'])('keeps address and place if it is %j', async (address) => {
      const locate = jest.fn();
      await use(address, HOUR, { locate });
      expect(await stored()).toMatchObject({ locationData: { country: 'CH' }, lastActivity: iso(NOW + HOUR) });
      expect(await stored()).not.toHaveProperty('lastIpAddress');
      expect(locate).not.toHaveBeenCalled();
    });

    it('has a place from then on, if none was known', async () => {
      await store.create(liveSession({ sessionId: 'session-1', ipAddress: '198.51.100.9', locationData: undefined }));
      await use('198.51.100.9', HOUR);
      expect((await stored())?.locationData).toEqual({ country: 'DE' });
    });

    it('is looked up once, however often it is used from there', async () => {
      const locate = jest.fn().mockReturnValue({ country: 'DE' });
      await use('198.51.100.9', HOUR, { locate });
      await use('198.51.100.9', 2 * HOUR, { locate });
      await use('192.0.2.1', 3 * HOUR, { locate });
      expect(locate.mock.calls).toEqual([[{ ipAddress: '198.51.100.9' }], [{ ipAddress: '192.0.2.1' }]]);
      expect(await stored()).toMatchObject({ lastIpAddress: '192.0.2.1' });
    });
  });

  it('is not recorded for a page that polls: its session becomes idle', async () => {
    await store.create(liveSession());
    let now = NOW;
    while (now < NOW + YEAR && (await check(IDENTITY, now, { passive: true })).session) now += HOUR;
    expect(now).toBe(NOW + 9 * HOUR);
    expect((await store.find('session-1'))?.lastActivity).toBe(iso(NOW));
  });
});
