import type { StoredSession } from '../../lambda/domain/session';
import type { SessionStore, SignInMark } from '../../lambda/domain/store';

/** The store in memory. What it hands out and takes in are copies, as with a database. */
export function memoryStore(): SessionStore {
  const sessions = new Map<string, StoredSession>();
  const signIns = new Map<string, SignInMark>();
  const copy = <T>(value: T): T => structuredClone(value);
  const ofUser = (userId: string) => [...sessions.values()].filter((session) => session.userId === userId);

  return {
    find: async (sessionId) => copy(sessions.get(sessionId)),
    idsOf: async (userId) => ofUser(userId).map(({ sessionId }) => sessionId),
    read: async (sessionIds, userId) => copy(ofUser(userId).filter(({ sessionId }) => sessionIds.includes(sessionId))),
    async create(session) {
      if (sessions.has(session.sessionId)) return false;
      sessions.set(session.sessionId, copy(session));
      return true;
    },
    async recordActivity({ sessionId, userId }, activity) {
      const stored = sessions.get(sessionId);
      if (stored?.userId !== userId || stored.isActive === false) return false;
      sessions.set(sessionId, { ...stored, ...activity });
      return true;
    },
    async delete(sessionId, userId) {
      return sessions.get(sessionId)?.userId === userId && sessions.delete(sessionId);
    },
    async markEnded(sessionId, userId, endReason, signedInBy) {
      const stored = sessions.get(sessionId) as (StoredSession & { purgeAt?: unknown }) | undefined;
      if (stored?.userId !== userId) return false;
      const by = new Date(Math.floor(signedInBy / 1_000) * 1_000).toISOString();
      if (stored.purgeAt !== undefined && !(typeof stored.loginTime === 'string' && stored.loginTime <= by))
        return false;
      sessions.set(sessionId, { ...stored, isActive: false, endReason } as StoredSession);
      return true;
    },
    async deleteOver(sessionIds) {
      for (const sessionId of sessionIds) sessions.delete(sessionId);
    },
    async markSignIn(signIn, mark) {
      if (signIns.has(signIn) && signIns.get(signIn)?.registration !== mark.registration) return false;
      signIns.set(signIn, copy(mark));
      return true;
    },
    hasRegistered: async (signInId) => signIns.has(signInId),
    findSignIn: async (signIn) => copy(signIns.get(signIn)),
    async unmarkSignIn(signIn, registration) {
      if (signIns.get(signIn)?.registration === registration) signIns.delete(signIn);
    },
  };
}
