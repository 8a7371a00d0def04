import type { StoredSession } from '../../lambda/domain/session';
import type { SessionList, SessionStore } from '../../lambda/domain/store';

export interface MemoryStore extends SessionStore {
  /** Puts an item as it is: one of the older backend, or one that another test step left. */
  create(session: StoredSession): Promise<void>;
}

export interface MemoryStoreOptions {
  /** Waited for before each step and after it: in between, others have their turn. @default - nobody waits */
  readonly pause?: () => Promise<void> | undefined;
  /** How many of the user's latest changes the index has not followed yet. @default 0 */
  readonly indexLag?: () => number;
  /** Called with all sessions, in the very step of each write. */
  readonly onWrite?: (sessions: readonly StoredSession[]) => void;
}

/** The store in memory. What it hands out and takes in are copies, as with a database. */
export function memoryStore({
  pause = () => undefined,
  indexLag = () => 0,
  onWrite = () => undefined,
}: MemoryStoreOptions = {}): MemoryStore {
  const sessions = new Map<string, StoredSession>();
  const marks = new Set<string>();
  const lists = new Map<string, SessionList>();
  /** What the index has followed, or has yet to: each user's changes. */
  const index = new Map<string, { readonly id: string; readonly isThere: boolean }[]>();
  const copy = <T>(value: T): T => structuredClone(value);
  const owned = (sessionId: string, userId: string) => {
    const session = sessions.get(sessionId);
    return session?.userId === userId ? session : undefined;
  };
  let writes = 0;

  /** One step that nothing comes in between. */
  async function step<T>(run: () => T): Promise<T> {
    await pause();
    const before = writes;
    const result = copy(run());
    if (writes > before) onWrite([...sessions.values()]);
    await pause();
    return result;
  }
  function put(session: StoredSession): void {
    if (!sessions.has(session.sessionId)) changesOf(session.userId).push({ id: session.sessionId, isThere: true });
    sessions.set(session.sessionId, copy(session));
    writes++;
  }
  function remove(sessionId: string, userId: string): boolean {
    if (!owned(sessionId, userId)) return false;
    changesOf(userId).push({ id: sessionId, isThere: false });
    writes++;
    return sessions.delete(sessionId);
  }
  function changesOf(userId: string) {
    const changes = index.get(userId) ?? [];
    index.set(userId, changes);
    return changes;
  }

  return {
    create: (session) => step(() => put(session)),
    find: (sessionId) => step(() => sessions.get(sessionId)),
    idsOf: (userId, atMost) =>
      step(() => {
        const changes = changesOf(userId);
        const ids = new Set<string>();
        for (const { id, isThere } of changes.slice(0, changes.length - indexLag()))
          ids[isThere ? 'add' : 'delete'](id);
        return [...ids].slice(0, atMost);
      }),
    async read(sessionIds, userId) {
      // A batch is many reads, and not of one instant.
      const found = await Promise.all(sessionIds.map((sessionId) => step(() => owned(sessionId, userId))));
      return found.filter((session) => session !== undefined);
    },
    recordActivity: ({ sessionId, userId }, { move, ...times }) =>
      step(() => {
        const stored = owned(sessionId, userId);
        if (!stored || stored.isActive === false) return false;
        put({ ...stored, ...times, ...(move && { locationData: undefined, ...move }) });
        return true;
      }),
    delete: (sessionId, userId) => step(() => remove(sessionId, userId)),
    markRevoked: (sessionId, userId, endReason, signedInBy, now) =>
      step(() => {
        const stored = owned(sessionId, userId);
        const by = new Date(Math.floor(signedInBy / 1_000) * 1_000).toISOString();
        if (!stored || (stored.purgeAt !== undefined && !(String(stored.loginTime) <= by))) return false;
        put({ ...stored, isActive: false, endReason, updatedAt: new Date(now).toISOString() } as StoredSession);
        return true;
      }),
    register: (session, _now, list) =>
      step(() => {
        const { sessionId, userId } = session;
        if (marks.has(sessionId) || sessions.has(sessionId)) return false;
        if (list && lists.get(userId)?.version !== list.before?.version) return false;
        if (list?.ended.some((id) => !owned(id, userId))) return false;
        marks.add(sessionId);
        put(session);
        if (list) lists.set(userId, { ...copy(list.after), version: `version ${writes}` });
        for (const id of list?.ended ?? []) remove(id, userId);
        return true;
      }),
    findRegistration: (signInId) => step(() => ({ isMarked: marks.has(signInId), session: sessions.get(signInId) })),
    async findList(signInId, userId) {
      const [isMarked, list] = await Promise.all([step(() => marks.has(signInId)), step(() => lists.get(userId))]);
      return { isMarked, list };
    },
    closeSignIn: (signInId, userId, _now, olderSessionId) =>
      step(() => {
        if (marks.has(signInId)) return false;
        marks.add(signInId);
        if (olderSessionId !== undefined && owned(olderSessionId, userId)?.purgeAt === undefined) {
          remove(olderSessionId, userId);
        }
        return true;
      }),
  };
}
