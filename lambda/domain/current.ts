import type { Connection, Identity } from './caller';
import {
  activityToRecord,
  DEFAULT_POLICY,
  type EndReason,
  endOf,
  lastUsed,
  type Policy,
  type StoredSession,
} from './session';
import { type SessionStore, sessionsOf } from './store';

/** A use of the session that a token stands for. */
export type Use =
  | { readonly session: StoredSession; readonly renewed: boolean; readonly ended?: undefined }
  | {
      readonly session?: undefined;
      readonly renewed?: undefined;
      readonly ended: EndReason | 'ended or never registered';
    };

const NOT_THERE: Use = { ended: 'ended or never registered' };

/**
 * The live session that a token stands for, with this use of it recorded where that is due, or how it ended.
 * A token that names its sign-in stands for that one session and no other.
 */
export async function useCurrentSession(
  store: SessionStore,
  identity: Identity,
  connection: Connection,
  now: number,
  policy: Policy = DEFAULT_POLICY,
): Promise<Use> {
  const session =
    identity.signInId === undefined
      ? latestMatch(await sessionsOf(store, identity.userId), connection, now, policy)
      : await store.find(identity.signInId);
  if (session?.userId !== identity.userId) return NOT_THERE;
  const end = endOf(session, now, policy);
  if (end) return { ended: end.reason };

  const activity = activityToRecord(session, now, policy);
  if (activity && !(await store.recordActivity(session, activity))) return NOT_THERE;
  return { session, renewed: activity !== undefined };
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
