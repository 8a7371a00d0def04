import type { Identity } from './caller';
import type { NoSession } from './errors';
import { activityToRecord, type EndReason, endOf, type Policy, type StoredSession } from './session';
import type { SessionStore } from './store';

/** What a token's session is at this moment. */
export type SessionCheck =
  /** Live; `renewed` says whether this use was recorded as activity. */
  | { readonly session: StoredSession; readonly renewed: boolean }
  /** Not live; `end` is the rule's reason if the session is still stored. */
  | { readonly session?: undefined; readonly reason: NoSession; readonly end?: EndReason };

/**
 * Finds the session of a token's sign-in, and records this use of it if that is due.
 *
 * A live session takes one read. Only a denial also reads the mark, together with the session, to tell an ended sign-in
 * from one that never registered.
 * @param passive whether this use does not count as activity
 */
export async function resolveCurrentSession(
  store: SessionStore,
  { userId, signInId }: Identity,
  { now, policy, passive }: { readonly now: number; readonly policy: Policy; readonly passive: boolean },
): Promise<SessionCheck> {
  let session = await store.find(signInId);
  if (session === undefined) {
    // It may register between the two reads: only one read of both tells a session that has ended from that.
    const registered = await store.findRegistration(signInId);
    if (!registered.isMarked && !registered.session) return { reason: 'never-registered' };
    session = registered.session;
  }
  if (session?.userId !== userId) return { reason: 'ended' };
  const end = endOf(session, now, policy);
  if (end) return { reason: 'ended', end: end.reason };
  const activity = passive ? undefined : activityToRecord(session, now, policy);
  if (activity && !(await store.recordActivity(session, activity))) return { reason: 'ended' };
  return { session, renewed: activity !== undefined };
}
