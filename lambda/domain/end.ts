import type { Connection, Identity } from './caller';
import { type Ended, type EndOptions, endEach } from './end-all';
import { Refusal } from './errors';
import { CLOCK_MARGIN_MS, endOf, lastUsed, type Policy, type StoredSession } from './session';
import type { SessionStore } from './store';

/** How many sessions one request ends. */
const MOST_A_REQUEST = 1_000;

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

/** Terminates the sessions of a user except the caller's current one, at most 1,000 of them. */
export async function terminateOthers(
  store: SessionStore,
  caller: Identity,
  userId: string,
  options: EndOptions,
): Promise<Ended> {
  // The current one, and one more to know that there are more.
  const listed = await store.idsOf(userId, MOST_A_REQUEST + 2);
  const ids = listed.filter((id) => id !== caller.signInId);
  const ended = await endEach(ids.slice(0, MOST_A_REQUEST), (id) => store.delete(id, userId), options);
  return { ...ended, remaining: ended.remaining || ids.length > MOST_A_REQUEST };
}

export interface LogoutOptions extends EndOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly policy: Policy;
  readonly onEnd: (sessionId: string) => void;
}

/**
 * Logs out: deletes the session of the token's own sign-in, and the user's sessions that are over. A sign-in that has
 * never registered can no longer do so, and ends the session that the older backend kept for its device and address.
 * @returns the id of the session that was logged out, if there was one
 */
export async function logOut(
  store: SessionStore,
  { userId, signInId }: Identity,
  connection: Connection,
  { now, policy, onEnd, isTimeLeft }: LogoutOptions,
): Promise<string | undefined> {
  const others = (ids: readonly string[]) => ids.filter((id) => id !== signInId);
  const deleteOwn = async () => ((await store.delete(signInId, userId)) ? signInId : undefined);
  const deleting = deleteOwn();
  // Asked for at the same time; if it fails, that matters only when the sessions are needed.
  const sessions = store.idsOf(userId).then((ids) => store.read(others(ids), userId));
  sessions.catch(() => undefined);

  let ended = await deleting;
  if (ended === undefined) {
    const older = latestOlderItem(await sessions, connection, now, policy);
    ended = (await store.closeSignIn(signInId, userId, now, older)) ? older : await deleteOwn();
  }
  if (ended !== undefined) onEnd(ended);
  await tidyUp().catch(() => undefined);
  return ended;

  /** What it leaves behind, the cleanup deletes: the caller is logged out all the same. */
  async function tidyUp(): Promise<void> {
    const over = (await sessions).filter((session) => endOf(session, now - CLOCK_MARGIN_MS, policy));
    const ids = over.map(({ sessionId }) => sessionId).filter((id) => id !== ended);
    await endEach(ids, (id) => store.delete(id, userId), { isTimeLeft });
  }
}

/** The live item of the older backend that was last used on the same device and address; its id. */
function latestOlderItem(
  sessions: readonly StoredSession[],
  { ipAddress, userAgent }: Connection,
  now: number,
  policy: Policy,
): string | undefined {
  return sessions
    .filter(
      (session) =>
        session.purgeAt === undefined &&
        session.ipAddress === ipAddress &&
        session.userAgent === userAgent &&
        !endOf(session, now, policy),
    )
    .sort((a, b) => lastUsed(b) - lastUsed(a) || (a.sessionId < b.sessionId ? -1 : 1))[0]?.sessionId;
}
