import { type Connection, type Identity, resolveCurrentSession } from './caller';
import { Refusal, sessionEnded, tryAgain } from './errors';
import { CLOCK_MARGIN_MS, endOf, lastUsed, type Policy, type RevocationReason, type StoredSession } from './session';
import type { SessionStore } from './store';

/** The most sessions that are being ended at the same time. */
const LANES = 25;

export interface EndedSessions {
  readonly ids: readonly string[];
  /** Whether some were not ended: time was up, or the database could not serve it. */
  readonly remaining: boolean;
}

export interface EndOptions {
  /** Called for each that was there and has been ended. */
  readonly onEnd?: (sessionId: string) => void;
  /** Asked before each. @default - there is time for all */
  readonly isTimeLeft?: () => boolean;
}

/**
 * Ends sessions with one conditional write each. A batch would not say which of them existed, and only sessions that
 * this call ended may be reported. When it returns or throws, nothing is in flight.
 * @param end ends one, and says whether it was there
 * @throws the first failure if no session was ended. If some were, they are returned, with `remaining: true`
 */
export async function endEach(
  ids: readonly string[],
  end: (sessionId: string) => Promise<boolean>,
  { onEnd = () => undefined, isTimeLeft = () => true }: EndOptions = {},
): Promise<EndedSessions> {
  const ended: string[] = [];
  let failure: unknown;
  let next = 0;
  const lane = async () => {
    while (next < ids.length && failure === undefined && isTimeLeft()) {
      const id = ids[next++] as string;
      try {
        if (!(await end(id))) continue;
        ended.push(id);
        onEnd(id);
      } catch (error) {
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const remaining = failure !== undefined || next < ids.length;
  if (remaining && ended.length === 0) throw failure ?? tryAgain();
  return { ids: ended, remaining };
}

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

export interface TerminateOptions extends EndOptions {
  /** Signs the user out where they sign in, once none of the sessions remains. @default - not */
  readonly signOutAtPool?: () => Promise<void>;
}

/** Terminates the sessions of a user except the caller's current one, at most 1,000 of them. */
export async function terminateOthers(
  store: SessionStore,
  caller: Identity,
  userId: string,
  { signOutAtPool = async () => undefined, ...options }: TerminateOptions,
): Promise<EndedSessions> {
  // The current one, and one more to know that there are more.
  const listed = await store.idsOf(userId, MOST_A_REQUEST + 2);
  const others = listed.filter((id) => id !== caller.signInId);
  const { ids, remaining } = await endEach(others.slice(0, MOST_A_REQUEST), (id) => store.delete(id, userId), options);
  if (remaining || others.length > MOST_A_REQUEST) return { ids, remaining: true };
  return thenDo(ids, async () => {
    await signOutAtPool();
    return [];
  });
}

/** What was ended is told, also if what comes next fails: the same request can be sent again. */
async function thenDo(ids: readonly string[], next: () => Promise<readonly string[]>): Promise<EndedSessions> {
  try {
    return { ids: [...ids, ...(await next())], remaining: false };
  } catch (error) {
    if (ids.length === 0) throw error;
    return { ids, remaining: true };
  }
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
  // Read while the delete is under way. A failure matters only once the sessions are needed.
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

  /** Deletes the other sessions that are over. The caller is logged out even if this fails: the cleanup deletes them. */
  async function tidyUp(): Promise<void> {
    const over = (await sessions).filter((session) => endOf(session, now - CLOCK_MARGIN_MS, policy));
    const ids = over.map(({ sessionId }) => sessionId).filter((id) => id !== ended);
    await endEach(ids, (id) => store.delete(id, userId), { isTimeLeft });
  }
}

/**
 * Ends all sessions of the caller, at most 1,000 others in one call. The current one is ended last, once no other
 * remains: until then the caller can send the same request again.
 * @throws the refusal `SESSION_ENDED` if the current session is not live
 */
export async function logOutEverywhere(
  store: SessionStore,
  caller: Identity,
  { now, policy, ...options }: LogoutOptions & TerminateOptions,
): Promise<EndedSessions> {
  const { userId, signInId } = caller;
  const current = await resolveCurrentSession(store, caller, { now, policy, passive: true });
  if (!current.session) throw sessionEnded(current.reason);
  const others = await terminateOthers(store, caller, userId, options);
  if (others.remaining) return others;
  return thenDo(others.ids, async () => (await endEach([signInId], (id) => store.delete(id, userId), options)).ids);
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

export interface RevokeOptions extends EndOptions {
  /** Epoch milliseconds: sessions of later sign-ins go on. */
  readonly signedInBy: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Which of the user's sessions. @default - all */
  readonly ids?: readonly string[];
}

/**
 * Revokes all sessions of a user. Each is first marked with the reason, so that its announcement can name it, and then
 * deleted. The mark alone ends the session, so nothing stays live if the delete fails.
 *
 * The index is read once. A session that it does not show yet was registered at this moment and stays live, like one that
 * registers a moment later. Only the provider that signs the user in can prevent that.
 */
export async function revokeSessions(
  store: SessionStore,
  userId: string,
  reason: RevocationReason,
  { signedInBy, clock, ids, ...options }: RevokeOptions,
): Promise<EndedSessions> {
  const end = async (id: string) =>
    (await store.markRevoked(id, userId, reason, signedInBy, clock())) && (await store.delete(id, userId));
  return endEach(ids ?? (await store.idsOf(userId)), end, options);
}
