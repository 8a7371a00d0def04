import type { Connection, Identity } from './caller';
import { latestMatch } from './current';
import { endEach } from './end-all';
import { Refusal } from './errors';
import { CLOCK_MARGIN_MS, DEFAULT_POLICY, endOf, type Policy } from './session';
import type { SessionStore } from './store';

type OnEnd = (sessionId: string) => void;
const ignored: OnEnd = () => undefined;

/** Terminates one session of a user: by another session of that user, or by an admin. */
export async function terminateSession(
  store: SessionStore,
  caller: Identity,
  userId: string,
  sessionId: string,
): Promise<void> {
  if (sessionId === caller.signInId) {
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
 * @param onEnd told of each that was deleted, also where another one could not be
 * @returns the ids of those that this call deleted
 */
export async function terminateOthers(
  store: SessionStore,
  caller: Identity,
  userId: string,
  onEnd: OnEnd = ignored,
): Promise<string[]> {
  const ids = (await store.idsOf(userId)).filter((id) => id !== caller.signInId);
  return endEach(ids, async (id) => {
    const ended = await store.delete(id, userId);
    if (ended) onEnd(id);
    return ended;
  });
}

/**
 * Logs out: deletes the session of the token's own sign-in, and the user's sessions that are over. Where that
 * session does not exist, the one of the same device and address that names no sign-in: so a session of the
 * older backend is logged out.
 * @param onEnd told of the session that was logged out, also where the rest could not be done
 * @returns the id of the session that was logged out, if there was one
 */
export async function logOut(
  store: SessionStore,
  identity: Identity,
  connection: Connection,
  now: number,
  policy: Policy = DEFAULT_POLICY,
  onEnd: OnEnd = ignored,
): Promise<string | undefined> {
  const { userId, signInId } = identity;
  const ending = store.delete(signInId, userId);
  // Asked for meanwhile; what goes wrong with it is told when it is needed.
  const listed = store.idsOf(userId);
  listed.catch(() => undefined);
  const own = (await ending) ? signInId : undefined;
  if (own !== undefined) onEnd(own);

  const others = (await listed).filter((id) => id !== own);
  const sessions = await store.read(others, userId);
  const over = sessions
    .filter((session) => endOf(session, now - CLOCK_MARGIN_MS, policy))
    .map(({ sessionId }) => sessionId);
  const matched = own === undefined ? latestMatch(sessions, connection, now, policy)?.sessionId : undefined;
  const deleted = matched !== undefined && (await store.delete(matched, userId)) ? matched : undefined;
  if (deleted !== undefined) onEnd(deleted);
  if (over.length > 0) await store.deleteOver(over);
  return own ?? deleted;
}
