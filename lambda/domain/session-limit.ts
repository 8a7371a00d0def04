import { endEach } from './end';
import { Refusal, tryAgain } from './errors';
import { CLOCK_MARGIN_MS, endOf, type NewSession, openedAt, type Policy } from './session';
import { type ListChange, MOST_ENDED_AT_ONCE, type SessionStore } from './store';

/** The most live sessions of one user. */
export interface SessionLimit {
  readonly most: number;
  /** Whether the oldest sessions are ended beyond that. Otherwise the registration is refused. */
  readonly endOldest: boolean;
}

/**
 * Decides whether a user may have one more session, and which sessions must end for it. The list's version is a condition
 * of the registration's write, so two registrations never take the same place.
 * @param lasts the new session's absolute end, epoch milliseconds
 * @param onEnd called for each session that was ended beforehand, because the transaction has no room for it
 * @returns how the list changes; `registered` when the sign-in has registered already
 * @throws a refusal when there is no room
 */
export async function makeRoom(
  store: SessionStore,
  { most, endOldest }: SessionLimit,
  { session: { sessionId, userId }, lasts }: { session: NewSession; lasts: number },
  now: number,
  policy: Policy,
  onEnd: (sessionId: string) => void,
): Promise<ListChange | 'registered'> {
  const { isMarked, list: before } = await store.findList(sessionId, userId);
  if (isMarked) return 'registered';
  // The index has the sessions from before the limit was switched on.
  const ids = new Set([...(before?.sessionIds ?? []), ...(await store.idsOf(userId))]);
  const stored = await store.read([...ids], userId);
  // While a transaction is being applied, a plain read may show its list and not yet its session.
  const unseen = (before?.sessionIds ?? []).filter((id) => !stored.some((session) => session.sessionId === id));
  const registered = await Promise.all(unseen.map(async (id) => (await store.findRegistration(id)).session ?? []));
  const sessions = [...stored, ...registered.flat()]
    .filter((session) => !endOf(session, now - CLOCK_MARGIN_MS, policy))
    .sort((a, b) => openedAt(a) - openedAt(b) || (a.sessionId < b.sessionId ? -1 : 1))
    .map((session) => session.sessionId);
  if (sessions.includes(sessionId)) return 'registered';

  const beyond = sessions.slice(0, Math.max(0, sessions.length + 1 - most));
  if (beyond.length > 0 && !endOldest) {
    throw new Refusal(
      'SESSION_LIMIT_EXCEEDED',
      `A user may have ${most} sessions at once. End one of the others, then send this again.`,
    );
  }
  const first = beyond.splice(0, Math.max(0, beyond.length - MOST_ENDED_AT_ONCE));
  if ((await endEach(first, (id) => store.delete(id, userId), { onEnd })).remaining) throw tryAgain();
  return {
    before,
    after: {
      sessionIds: [...sessions.slice(first.length + beyond.length), sessionId],
      purgeAt: Math.max(before?.purgeAt ?? 0, Math.ceil(lasts / 1_000)),
    },
    ended: beyond,
  };
}
