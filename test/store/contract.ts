import { type SessionStore, sessionsOf } from '../../lambda/domain/store';
import { DAY, iso, liveSession, MINUTE, NOW } from '../support/sessions';

/** What every session store does. Run on the fake and on the embedded engine. */
export function storeContract(name: string, open: () => SessionStore): void {
  describe(`the session store ${name}`, () => {
    let store: SessionStore;
    let count = 0;
    /** Ids that no other test has. */
    const unique = (what: string) => `${what}-${++count}-${Math.random().toString(36).slice(2)}`;
    const stored = async (changes: Parameters<typeof liveSession>[0] = {}) => {
      const session = liveSession({ sessionId: unique('session'), userId: unique('user'), ...changes });
      await store.create(session);
      return session;
    };

    beforeAll(() => {
      store = open();
    });

    it('finds a session as it was created', async () => {
      const session = await stored();
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('finds nothing under an id that there is not', async () => {
      expect(await store.find(unique('session'))).toBeUndefined();
    });

    it('hands out copies', async () => {
      const session = await stored();
      const first = await store.find(session.sessionId);
      Object.assign(first ?? {}, { userId: 'somebody else' });
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('marks a session as ended, with why, for its user only', async () => {
      const { sessionId, userId } = await stored();
      expect(await store.markEnded(sessionId, 'somebody else', 'requested', NOW)).toBe(false);
      expect(await store.find(sessionId)).toMatchObject({ isActive: true });
      expect(await store.markEnded(sessionId, userId, 'user-disabled', NOW)).toBe(true);
      expect(await store.find(sessionId)).toMatchObject({ isActive: false, endReason: 'user-disabled' });
      expect(await store.markEnded(unique('session'), userId, 'requested', NOW)).toBe(false);
    });

    it('does not mark a session of a later sign-in as ended, to the second', async () => {
      const { sessionId, userId } = await stored();
      expect(await store.markEnded(sessionId, userId, 'password-changed', NOW - 1)).toBe(false);
      expect(await store.find(sessionId)).toMatchObject({ isActive: true });
      expect(await store.markEnded(sessionId, userId, 'password-changed', NOW + 999)).toBe(true);
    });

    it('marks an item of the older backend as ended, whenever its sign-in was', async () => {
      const { sessionId, userId } = await stored({ purgeAt: undefined, loginTime: undefined });
      expect(await store.markEnded(sessionId, userId, 'password-changed', NOW - DAY)).toBe(true);
    });

    it('knows whether a sign-in has registered', async () => {
      const signIn = unique('sign-in');
      expect(await store.hasRegistered(signIn)).toBe(false);
      await store.markSignIn(signIn, { registeredAt: NOW, registration: 'first' });
      expect(await store.hasRegistered(signIn)).toBe(true);
    });

    it('creates a session once', async () => {
      const session = await stored();
      expect(await store.create({ ...session, userId: 'somebody else' })).toBe(false);
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('lets exactly one of many concurrent creations through', async () => {
      const session = liveSession({ sessionId: unique('session') });
      const created = await Promise.all(Array.from({ length: 10 }, () => store.create(session)));
      expect(created.filter(Boolean)).toHaveLength(1);
    });

    it('lists a user all of whose sessions are theirs, and nobody else', async () => {
      const userId = unique('user');
      const own = await Promise.all([1, 2, 3].map(() => stored({ userId })));
      await stored({ userId: `${userId}x` });
      const ids = own.map(({ sessionId }) => sessionId).sort();
      expect((await sessionsOf(store, userId)).map(({ sessionId }) => sessionId).sort()).toEqual(ids);
      expect((await store.idsOf(userId)).sort()).toEqual(ids);
    });

    it('lists more sessions than one batch takes', async () => {
      const userId = unique('user');
      await Promise.all(Array.from({ length: 230 }, (_, index) => stored({ userId, createdAt: iso(NOW + index) })));
      expect(await sessionsOf(store, userId)).toHaveLength(230);
    });

    it('lists a session that is named besides, if it is that user’s', async () => {
      const [own, other] = [await stored(), await stored()];
      expect(await sessionsOf(store, own.userId, own.sessionId)).toEqual([own]);
      expect(await sessionsOf(store, own.userId, other.sessionId)).toEqual([own]);
      expect(await sessionsOf(store, own.userId, unique('session'))).toEqual([own]);
    });

    it('reads the sessions that are named, if they are there and that user’s', async () => {
      const userId = unique('user');
      const [named, , other] = [await stored({ userId }), await stored({ userId }), await stored()];
      expect(await store.read([named.sessionId, other.sessionId, unique('session')], userId)).toEqual([named]);
      expect(await store.read([], userId)).toEqual([]);
    });

    it('lists nothing of a user who has none', async () => {
      expect(await sessionsOf(store, unique('user'))).toEqual([]);
    });

    it('records activity and nothing else', async () => {
      const session = await stored();
      const activity = { lastActivity: iso(NOW + MINUTE), updatedAt: iso(NOW + MINUTE), purgeAt: 5 };
      expect(await store.recordActivity(session, activity)).toBe(true);
      expect(await store.find(session.sessionId)).toEqual({ ...session, ...activity });
    });

    it('records no activity of a session that has been ended', async () => {
      const session = await stored();
      await store.delete(session.sessionId, session.userId);
      const activity = { lastActivity: iso(NOW), updatedAt: iso(NOW), purgeAt: 5 };
      expect(await store.recordActivity(session, activity)).toBe(false);
      expect(await store.find(session.sessionId)).toBeUndefined();
    });

    it('records no activity of a session that is flagged inactive, nor under another user', async () => {
      const inactive = await stored({ isActive: false });
      const session = await stored();
      const activity = { lastActivity: iso(NOW + 1), updatedAt: iso(NOW + 1), purgeAt: 5 };
      expect(await store.recordActivity(inactive, activity)).toBe(false);
      expect(await store.recordActivity({ ...session, userId: unique('user') }, activity)).toBe(false);
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('deletes a session, and says so once', async () => {
      const { sessionId, userId } = await stored();
      expect(await store.delete(sessionId, userId)).toBe(true);
      expect(await store.find(sessionId)).toBeUndefined();
      expect(await store.delete(sessionId, userId)).toBe(false);
    });

    it('lets exactly one of many concurrent deletions have done it', async () => {
      const { sessionId, userId } = await stored();
      const deleted = await Promise.all(Array.from({ length: 20 }, () => store.delete(sessionId, userId)));
      expect(deleted.filter(Boolean)).toHaveLength(1);
    });

    it('does not delete another user’s session', async () => {
      const session = await stored();
      expect(await store.delete(session.sessionId, unique('user'))).toBe(false);
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('deletes many that are over, whether they are there or not', async () => {
      const userId = unique('user');
      const sessions = await Promise.all(Array.from({ length: 60 }, () => stored({ userId })));
      await store.deleteOver([...sessions.map(({ sessionId }) => sessionId), unique('session')]);
      expect(await sessionsOf(store, userId)).toEqual([]);
    });

    it('marks a sign-in once, until the mark is taken back', async () => {
      const signIn = unique('sign-in');
      const mark = { registeredAt: NOW, registration: 'first' };
      const other = { registeredAt: NOW + 1, registration: 'other' };
      expect(await store.markSignIn(signIn, mark)).toBe(true);
      expect(await store.markSignIn(signIn, other)).toBe(false);
      expect(await store.findSignIn(signIn)).toMatchObject(mark);
      await store.unmarkSignIn(signIn, mark.registration);
      expect(await store.findSignIn(signIn)).toBeUndefined();
      expect(await store.markSignIn(signIn, other)).toBe(true);
    });

    it('marks a sign-in again for the same registration, which may not know that it has', async () => {
      const signIn = unique('sign-in');
      const mark = { registeredAt: NOW, registration: 'first' };
      expect(await store.markSignIn(signIn, mark)).toBe(true);
      expect(await store.markSignIn(signIn, mark)).toBe(true);
    });

    it('does not take back another registration’s mark', async () => {
      const signIn = unique('sign-in');
      const mark = { registeredAt: NOW, registration: 'first' };
      await store.markSignIn(signIn, mark);
      await store.unmarkSignIn(signIn, 'other');
      expect(await store.findSignIn(signIn)).toMatchObject(mark);
    });
  });
}
