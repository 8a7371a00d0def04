import type { StoredSession } from '../../lambda/domain/session';
import { MOST_ENDED_AT_ONCE, type SessionStore } from '../../lambda/domain/store';
import { iso, liveSession, MINUTE, NOW } from '../support/sessions';

/**
 * What every session store does. Run on the fake and on the embedded engine.
 * @param put puts an item as it is
 */
export function storeContract(
  name: string,
  open: () => { store: SessionStore; put: (session: StoredSession) => Promise<unknown> },
): void {
  describe(`the session store ${name}`, () => {
    let store: SessionStore;
    let put: ReturnType<typeof open>['put'];
    let count = 0;
    /** Ids that no other test has. */
    const unique = (what: string) => `${what}-${++count}-${Math.random().toString(36).slice(2)}`;
    const stored = async (changes: Parameters<typeof liveSession>[0] = {}) => {
      const session = liveSession({ sessionId: unique('session'), userId: unique('user'), ...changes });
      await put(session);
      return JSON.parse(JSON.stringify(session)) as typeof session;
    };

    const sessionsOf = async (userId: string, ...besides: string[]) =>
      store.read([...new Set([...(await store.idsOf(userId)), ...besides])], userId);

    beforeAll(() => {
      ({ store, put } = open());
    });

    it('finds a session as it was put', async () => {
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
      expect(await store.markRevoked(sessionId, 'somebody else', 'requested', NOW, NOW)).toBe(false);
      expect(await store.find(sessionId)).toMatchObject({ isActive: true });
      expect(await store.markRevoked(sessionId, userId, 'user-disabled', NOW, NOW + MINUTE)).toBe(true);
      const marked = { isActive: false, endReason: 'user-disabled', updatedAt: iso(NOW + MINUTE) };
      expect(await store.find(sessionId)).toMatchObject(marked);
      expect(await store.markRevoked(unique('session'), userId, 'requested', NOW, NOW)).toBe(false);
    });

    it('marks no session of a later sign-in as ended, to the second, but those of the older backend always', async () => {
      const ofSignIn = (after: number, changes = {}) => stored({ loginTime: iso(NOW + after), ...changes });
      const [same, later] = [await ofSignIn(0), await ofSignIn(1_000)];
      const [older, undated] = [await ofSignIn(1_000, { purgeAt: undefined }), await stored({ loginTime: undefined })];
      const end = ({ sessionId, userId }: { sessionId: string; userId: string }) =>
        store.markRevoked(sessionId, userId, 'requested', NOW + 999, NOW);
      expect(await Promise.all([same, later, older, undated].map(end))).toEqual([true, false, true, false]);
    });

    it('registers a sign-in once, with its mark and its session', async () => {
      const session = liveSession({ sessionId: unique('session'), userId: unique('user') });
      expect(await store.findRegistration(session.sessionId)).toEqual({ isMarked: false, session: undefined });
      expect(await store.register(session, NOW)).toBe(true);
      expect(await store.find(session.sessionId)).toEqual(session);
      expect(await store.findRegistration(session.sessionId)).toEqual({ isMarked: true, session });
      expect(await store.register({ ...session, userAgent: 'Safari' }, NOW)).toBe(false);
      expect(await store.find(session.sessionId)).toEqual(session);
    });

    it('keeps the mark when the session ends, and registers the sign-in never again', async () => {
      const session = liveSession({ sessionId: unique('session'), userId: unique('user') });
      await store.register(session, NOW);
      await store.delete(session.sessionId, session.userId);
      expect(await store.findRegistration(session.sessionId)).toEqual({ isMarked: true, session: undefined });
      expect(await store.register(session, NOW)).toBe(false);
      expect(await store.find(session.sessionId)).toBeUndefined();
    });

    it('leaves no mark where there is a session of that id already', async () => {
      const session = await stored();
      expect(await store.register({ ...session, userId: 'somebody else' }, NOW)).toBe(false);
      expect(await store.findRegistration(session.sessionId)).toEqual({ isMarked: false, session });
    });

    it('lets exactly one of many concurrent registrations through', async () => {
      const session = liveSession({ sessionId: unique('session') });
      const registered = await Promise.all(Array.from({ length: 10 }, () => store.register(session, NOW)));
      expect(registered.filter(Boolean)).toHaveLength(1);
    });

    it('closes a sign-in that has not registered, once, and then it never registers', async () => {
      const session = liveSession({ sessionId: unique('session'), userId: unique('user') });
      expect(await store.closeSignIn(session.sessionId, session.userId, NOW)).toBe(true);
      expect(await store.closeSignIn(session.sessionId, session.userId, NOW)).toBe(false);
      expect(await store.register(session, NOW)).toBe(false);
      expect(await store.find(session.sessionId)).toBeUndefined();
    });

    it('closes a sign-in and deletes an item of the older backend, both or neither', async () => {
      const older = () => stored({ purgeAt: undefined });
      const [first, second, signInId] = [await older(), await older(), unique('sign-in')];
      expect(await store.closeSignIn(signInId, first.userId, NOW, first.sessionId)).toBe(true);
      expect(await store.find(first.sessionId)).toBeUndefined();
      expect(await store.closeSignIn(signInId, second.userId, NOW, second.sessionId)).toBe(false);
      expect(await store.find(second.sessionId)).toEqual(second);
    });

    it('closes a sign-in though the older item is gone already', async () => {
      expect(await store.closeSignIn(unique('sign-in'), unique('user'), NOW, unique('session'))).toBe(true);
    });

    it('never deletes a session of a sign-in, nor another user’s item, with a sign-in that it closes', async () => {
      const [own, foreign] = [await stored({}), await stored({ purgeAt: undefined })];
      await store.closeSignIn(unique('sign-in'), own.userId, NOW, own.sessionId);
      await store.closeSignIn(unique('sign-in'), unique('user'), NOW, foreign.sessionId);
      expect([await store.find(own.sessionId), await store.find(foreign.sessionId)]).toEqual([own, foreign]);
    });

    describe('with the list of a user', () => {
      const register = async (userId: string, ended: string[] = [], purgeAt = 7) => {
        const session = liveSession({ sessionId: unique('session'), userId });
        const { list: before } = await store.findList(session.sessionId, userId);
        const after = { sessionIds: [...(before?.sessionIds ?? []), session.sessionId], purgeAt };
        return { session, before, after, isDone: await store.register(session, NOW, { before, after, ended }) };
      };

      it('writes the list with the session, and reads it with the mark', async () => {
        const userId = unique('user');
        expect(await store.findList(unique('session'), userId)).toEqual({ isMarked: false, list: undefined });
        const { session, after } = await register(userId);
        expect(await store.findList(session.sessionId, userId)).toMatchObject({ isMarked: true, list: after });
        expect(await store.findList(unique('session'), userId)).toMatchObject({ isMarked: false, list: after });
      });

      it('writes nothing when the list has changed since it was read', async () => {
        const userId = unique('user');
        for (const stale of [await register(userId), await register(userId)]) {
          const late = liveSession({ sessionId: unique('session'), userId });
          const { before, after } = stale;
          expect(await store.register(late, NOW, { before, after, ended: [] })).toBe(false);
          expect(await store.findRegistration(late.sessionId)).toEqual({ isMarked: false, session: undefined });
        }
      });

      it('ends sessions of the user with it, all or none', async () => {
        const userId = unique('user');
        const [first, theirs] = [await register(userId), await stored()];
        expect((await register(userId, [first.session.sessionId, theirs.sessionId])).isDone).toBe(false);
        expect(await store.find(first.session.sessionId)).toEqual(first.session);
        const { isDone, session } = await register(userId, [first.session.sessionId]);
        expect(isDone).toBe(true);
        expect(await sessionsOf(userId, first.session.sessionId)).toEqual([session]);
        expect(await store.find(theirs.sessionId)).toEqual(theirs);
      });

      it('ends as many as a transaction takes', async () => {
        const userId = unique('user');
        const all = await Promise.all(Array.from({ length: MOST_ENDED_AT_ONCE }, () => stored({ userId })));
        const { session } = await register(
          userId,
          all.map(({ sessionId }) => sessionId),
        );
        expect(await sessionsOf(userId, session.sessionId)).toEqual([session]);
      });
    });

    it('lists a user all of whose sessions are theirs, and nobody else', async () => {
      const userId = unique('user');
      const own = await Promise.all([1, 2, 3].map(() => stored({ userId })));
      await stored({ userId: `${userId}x` });
      const ids = own.map(({ sessionId }) => sessionId).sort();
      expect((await sessionsOf(userId)).map(({ sessionId }) => sessionId).sort()).toEqual(ids);
      expect((await store.idsOf(userId)).sort()).toEqual(ids);
    });

    it('lists more sessions than one batch takes', async () => {
      const userId = unique('user');
      await Promise.all(Array.from({ length: 230 }, (_, index) => stored({ userId, createdAt: iso(NOW + index) })));
      expect(await sessionsOf(userId)).toHaveLength(230);
    });

    it('reads the sessions that are named, if they are there and that user’s', async () => {
      const userId = unique('user');
      const [named, , other] = [await stored({ userId }), await stored({ userId }), await stored()];
      expect(await store.read([named.sessionId, other.sessionId, unique('session')], userId)).toEqual([named]);
      expect(await store.read([], userId)).toEqual([]);
    });

    it('lists nothing of a user who has none', async () => {
      expect(await sessionsOf(unique('user'))).toEqual([]);
    });

    it('records activity and nothing else', async () => {
      const session = await stored();
      const activity = { lastActivity: iso(NOW + MINUTE), updatedAt: iso(NOW + MINUTE), purgeAt: 5 };
      expect(await store.recordActivity(session, activity)).toBe(true);
      expect(await store.find(session.sessionId)).toEqual({ ...session, ...activity });
    });

    it('records another address with the activity, and where that is', async () => {
      const session = await stored({ locationData: { country: 'CH', city: 'Bern' } });
      const times = { lastActivity: iso(NOW + MINUTE), updatedAt: iso(NOW + MINUTE), purgeAt: 5 };
      const move = { lastIpAddress: '2001:db8::1', locationData: { country: 'DE' } };
      expect(await store.recordActivity(session, { ...times, move })).toBe(true);
      expect(await store.find(session.sessionId)).toEqual({ ...session, ...times, ...move });
    });

    it('keeps no place of an earlier address', async () => {
      const { locationData, ...session } = await stored({ locationData: '{"city":"Bern","country":"CH"}' });
      const times = { lastActivity: iso(NOW + MINUTE), updatedAt: iso(NOW + MINUTE), purgeAt: 5 };
      expect(await store.recordActivity(session, { ...times, move: { lastIpAddress: '10.0.0.1' } })).toBe(true);
      expect(await store.find(session.sessionId)).toEqual({ ...session, ...times, lastIpAddress: '10.0.0.1' });
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

    it('names no more of a user’s sessions than are asked for', async () => {
      const userId = unique('user');
      await Promise.all(Array.from({ length: 5 }, (_, index) => stored({ userId, createdAt: iso(NOW + index) })));
      expect(await store.idsOf(userId, 3)).toHaveLength(3);
      expect(await store.idsOf(userId, 9)).toHaveLength(5);
    });
  });
}
