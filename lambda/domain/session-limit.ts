import { Refusal } from './errors';
import { endOf, openedAt, type Policy, type StoredSession } from './session';
import { type SessionStore, sessionsOf } from './store';

/** The most live sessions of one user. */
export interface SessionLimit {
  readonly most: number;
  /** Beyond it the sessions that were opened first are ended; else the registration is refused. */
  readonly endOldest: boolean;
}

const exceeded = (most: number) =>
  new Refusal(
    'SESSION_LIMIT_EXCEEDED',
    `A user may have ${most} sessions at once. End one of the others, then send this again.`,
  );

/**
 * Holds a user to the limit around the creation of a session: looked at before, so that nothing is opened that
 * must be taken back, and after, so that registrations at the same time see each other. They do as soon as the
 * table's index has followed, usually within milliseconds: by those that fall into that gap, and by no more, a
 * limit can be exceeded, until the next registration.
 */
export function limitGuard(
  store: SessionStore,
  { most, endOldest }: SessionLimit,
  own: { userId: string; sessionId: string },
  now: number,
  policy?: Policy,
) {
  const isOwn = ({ sessionId }: StoredSession) => sessionId === own.sessionId;

  /** The first opened first. */
  async function live(): Promise<StoredSession[]> {
    const sessions = await sessionsOf(store, own.userId, own.sessionId);
    return sessions
      .filter((session) => !endOf(session, now, policy))
      .sort((a, b) => openedAt(a) - openedAt(b) || (a.sessionId < b.sessionId ? -1 : 1));
  }

  return {
    /** @throws a refusal when there is no room */
    async before(): Promise<void> {
      if (endOldest) return;
      // A write that was applied although it failed, at an earlier try, is this session and not another.
      const others = (await live()).filter((session) => !isOwn(session));
      if (others.length >= most) throw exceeded(most);
    },

    /**
     * @returns the ids of the sessions that were ended to make room
     * @throws a refusal, with the new session taken back, when others were first
     */
    async after(): Promise<readonly string[]> {
      const sessions = await live();
      const beyond = endOldest ? sessions.slice(0, Math.max(0, sessions.length - most)) : sessions.slice(most);
      if (!endOldest && beyond.some(isOwn)) {
        await store.delete(own.sessionId, own.userId);
        throw exceeded(most);
      }
      if (!endOldest) return [];
      const ids = beyond.filter((one) => !isOwn(one)).map(({ sessionId }) => sessionId);
      const ended = await Promise.all(ids.map((id) => store.delete(id, own.userId)));
      return ids.filter((_, index) => ended[index]);
    },
  };
}
