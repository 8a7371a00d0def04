import type { Caller, Connection, Identity } from './caller';
import { latestMatch } from './current';
import { Refusal } from './errors';
import { DEFAULT_POLICY, endOf, type Policy } from './session';
import type { SessionStore } from './store';

/** How many deletes of one request are under way at once. */
const DELETES_AT_ONCE = 25;

/** Terminates one session of a user: by another session of that user, or by an admin. */
export async function terminateSession(
  store: SessionStore,
  caller: Caller,
  userId: string,
  sessionId: string,
): Promise<void> {
  if (sessionId === caller.sessionId) {
    throw new Refusal(
      'CANNOT_TERMINATE_CURRENT_SESSION',
      'This is your current session. To end it, send POST /logout.',
    );
  }
  if (!(await store.delete(sessionId, userId))) {
    throw new Refusal('SESSION_NOT_FOUND', 'This user has no such session. List the sessions to see which there are.');
  }
}

/**
 * Terminates all sessions of a user but the caller's current one.
 * @returns the ids of those that this call deleted
 */
export async function terminateOthers(store: SessionStore, caller: Caller, userId: string): Promise<string[]> {
  const ids = (await store.idsOf(userId)).filter((id) => id !== caller.sessionId);
  const deleted: string[] = [];
  for (let start = 0; start < ids.length; start += DELETES_AT_ONCE) {
    const batch = ids.slice(start, start + DELETES_AT_ONCE);
    // One conditional delete each, not a batch: a batch does not tell what was there, and the answer must be true.
    const outcomes = await Promise.all(batch.map((id) => store.delete(id, userId)));
    deleted.push(...batch.filter((_, index) => outcomes[index]));
  }
  return deleted;
}

/**
 * Logs out: deletes the session of the token's own sign-in, and the user's sessions that are over. Where that
 * session does not exist, the one of the same device and address that names no sign-in: so a session of the
 * older backend is logged out.
 * @returns the id of the session that was logged out, if there was one
 */
export async function logOut(
  store: SessionStore,
  identity: Identity,
  connection: Connection,
  now: number,
  policy: Policy = DEFAULT_POLICY,
): Promise<string | undefined> {
  const { userId, signInId } = identity;
  const own = signInId !== undefined && (await store.delete(signInId, userId)) ? signInId : undefined;

  const sessions = await store.listOf(userId);
  const over = sessions.filter((session) => endOf(session, now, policy)).map(({ sessionId }) => sessionId);
  const matched = own ?? latestMatch(sessions, connection, now, policy)?.sessionId;
  const matchedDeleted = matched !== undefined && (matched === own || (await store.delete(matched, userId)));
  if (over.length > 0) await store.deleteOver(over);
  return matchedDeleted ? matched : undefined;
}
