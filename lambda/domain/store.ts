import type { Activity, NewSession, RevocationReason, StoredSession } from './session';

/** The mark and the session of a sign-in, both read at one instant. */
export interface Registered {
  /** Whether the sign-in has registered, or never can: it registers once in its life. */
  readonly isMarked: boolean;
  readonly session?: StoredSession;
}

/** The ids of a user's sessions, which a stage with a session limit keeps. Each write gives it another version. */
export interface SessionList {
  readonly sessionIds: readonly string[];
  readonly version: string;
  /** Epoch seconds: none of the sessions outlives it. */
  readonly purgeAt: number;
}

/** How a registration changes its user's list. */
export interface ListChange {
  /** The list that it was decided by; undefined if there was none. */
  readonly before: SessionList | undefined;
  readonly after: Omit<SessionList, 'version'>;
  /** The user's sessions to end, at most `MOST_ENDED_AT_ONCE`. */
  readonly ended: readonly string[];
}

/** A kind of device that a user has signed in on, and from where. */
export interface Sighting {
  readonly userId: string;
  readonly sessionId: string;
  /** What the device is, as far as that tells it from others. */
  readonly device: readonly string[];
  /** Empty if it is not known. */
  readonly country: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The most deletes that fit into the transaction of a registration. */
export const MOST_ENDED_AT_ONCE = 97;

/**
 * Where sessions are kept. Ownership and state live in each write's own condition, never in a read before
 * it. Every method may throw the refusal `TRY_AGAIN` when the database cannot serve it now; any other
 * error is a defect or a wrong set-up.
 */
export interface SessionStore {
  /** Strongly consistent: a session that just ended is not found. */
  find(sessionId: string): Promise<StoredSession | undefined>;

  /**
   * The ids of a user's sessions, including those that are over, from the index. The index lags a moment behind the
   * table: a session that just registered may be missing, and one that just ended may still be there.
   * @param atMost @default - all
   */
  idsOf(userId: string, atMost?: number): Promise<string[]>;

  /** Reads those of the sessions that exist and are the user's. Strongly consistent: a session that just ended is not found. */
  read(sessionIds: readonly string[], userId: string): Promise<StoredSession[]>;

  /** @returns false if the session has ended in the meantime; then nothing is written */
  recordActivity(session: StoredSession, activity: Activity): Promise<boolean>;

  /** @returns whether this call deleted it; false if the user has no such session */
  delete(sessionId: string, userId: string): Promise<boolean>;

  /**
   * Ends a session without deleting it yet, and keeps why.
   * @param signedInBy epoch milliseconds, counted in whole seconds: a session of a later sign-in is left alone
   * @param now epoch milliseconds
   * @returns false when there is no such session of that user
   */
  markRevoked(
    sessionId: string,
    userId: string,
    reason: RevocationReason,
    signedInBy: number,
    now: number,
  ): Promise<boolean>;

  /**
   * Registers the sign-in of a new session: its mark, the session and the change of the user's list are written
   * together, or none of them. Sent again after a lost answer, it is the same registration.
   * @returns false when the mark or the session exists already, or the list has changed; nothing is written then
   */
  register(session: NewSession, now: number, list?: ListChange): Promise<boolean>;

  findRegistration(signInId: string): Promise<Registered>;

  /** Whether a sign-in has registered, and its user's list. Strongly consistent, but not of one instant. */
  findList(signInId: string, userId: string): Promise<{ readonly isMarked: boolean; readonly list?: SessionList }>;

  /**
   * Marks a sign-in that has not registered, so that it no longer can, and deletes an item of the older backend with it:
   * both or neither.
   * @returns false when the sign-in was marked already; nothing is written then
   */
  closeSignIn(signInId: string, userId: string, now: number, olderSessionId?: string): Promise<boolean>;
}
