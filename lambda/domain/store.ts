import type { OutsideReason } from './ended';
import type { Activity, NewSession, StoredSession } from './session';

/** That a sign-in has registered: it does so once in its life. */
export interface SignInMark {
  /** Epoch milliseconds. */
  readonly registeredAt: number;
  /** Which registration wrote it: only that one may take it back. */
  readonly registration: string;
}

/**
 * Where sessions are kept. Ownership and state live in each write's own condition, never in a read before
 * it. Every method may throw the refusal `TRY_AGAIN` when the database cannot serve it now; any other
 * error is a defect or a wrong set-up.
 */
export interface SessionStore {
  /** Strongly consistent: a session that was just ended is not found. */
  find(sessionId: string): Promise<StoredSession | undefined>;

  /**
   * The ids of all of a user's sessions, those that are over included, as the index has them: it follows the table, so
   * one that was registered within the last moments may be missing, and one that was just ended still be there.
   */
  idsOf(userId: string): Promise<string[]>;

  /** Which of the sessions there are, and are that user's. Strongly consistent: one that was just ended is not. */
  read(sessionIds: readonly string[], userId: string): Promise<StoredSession[]>;

  /** @returns false when there is a session of that id already; it is left as it was */
  create(session: NewSession): Promise<boolean>;

  /** @returns false when the session has been ended meanwhile; nothing is written then */
  recordActivity(session: StoredSession, activity: Activity): Promise<boolean>;

  /** @returns whether this call deleted it; false when there is no such session of that user */
  delete(sessionId: string, userId: string): Promise<boolean>;

  /**
   * Ends a session without deleting it yet, and keeps why. A session of a later sign-in stays: what happened to the
   * user before it is no reason to end it. Items of the older backend do not say when their sign-in was, and always end.
   * @param signedInBy epoch milliseconds
   * @returns false if there is no such session of that user, or it is of a later sign-in
   */
  markEnded(sessionId: string, userId: string, reason: OutsideReason, signedInBy: number): Promise<boolean>;

  /** Deletes what is over. Unconditional, which is safe because over is for good. */
  deleteOver(sessionIds: readonly string[]): Promise<void>;

  /** @returns false when the sign-in has registered before; the same registration may mark it again */
  markSignIn(signIn: string, mark: SignInMark): Promise<boolean>;

  findSignIn(signIn: string): Promise<SignInMark | undefined>;

  /** Whether a sign-in has its mark: it has registered. Strongly consistent. */
  hasRegistered(signInId: string): Promise<boolean>;

  /** Takes a registration's own mark back, when it could not be finished. Another's mark is left as it is. */
  unmarkSignIn(signIn: string, registration: string): Promise<void>;
}

/**
 * All of a user's sessions, those that are over included.
 * @param besides the id of one to look for in any case: the index may not have it yet
 */
export async function sessionsOf(store: SessionStore, userId: string, besides?: string): Promise<StoredSession[]> {
  const ids = new Set(await store.idsOf(userId));
  if (besides !== undefined) ids.add(besides);
  return store.read([...ids], userId);
}
