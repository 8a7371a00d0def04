import type { Connection, Identity } from './caller';
import { activityToRecord, DEFAULT_POLICY, endOf, lastUsed, type Policy, type StoredSession } from './session';
import type { SessionStore } from './store';

/**
 * The live session that a token stands for, with this use of it recorded, or undefined when there is none:
 * never registered, over, or ended. A token that names its sign-in stands for that one session and no other.
 */
export async function useCurrentSession(
  store: SessionStore,
  identity: Identity,
  connection: Connection,
  now: number,
  policy: Policy = DEFAULT_POLICY,
): Promise<StoredSession | undefined> {
  const session =
    identity.signInId === undefined
      ? latestMatch(await store.listOf(identity.userId), connection, now, policy)
      : await store.find(identity.signInId);
  if (!session || session.userId !== identity.userId || endOf(session, now, policy)) return undefined;

  const activity = activityToRecord(session, now, policy);
  if (activity && !(await store.recordActivity(session, activity))) return undefined;
  return session;
}

/**
 * The fallback where no sign-in is named: the live session of the same device and address that was used
 * last. A session that belongs to a named sign-in never matches.
 */
export function latestMatch(
  sessions: readonly StoredSession[],
  connection: Connection,
  now: number,
  policy: Policy = DEFAULT_POLICY,
): StoredSession | undefined {
  return sessions
    .filter(
      (session) =>
        session.namesSignIn !== true &&
        session.ipAddress === connection.ipAddress &&
        (session.requestUserAgent ?? session.userAgent) === connection.userAgent &&
        !endOf(session, now, policy),
    )
    .sort((a, b) => lastUsed(b) - lastUsed(a) || (a.sessionId < b.sessionId ? -1 : 1))[0];
}
