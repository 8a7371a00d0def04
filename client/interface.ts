import type { SessionEndedError } from './errors';
import type { Caller, CleanupRun, PoolUser, Registration, Session } from './types';
import type { WatchOptions } from './watch';

export interface SessionClientOptions {
  /** Of the API's stage: the stack's output `ApiUrl`. In a browser it may be relative to the page. */
  readonly baseUrl: string;
  /**
   * Gives the ID or access token to send, for each request anew. Let it refresh the token when it is due. If it
   * throws, the call rejects with that.
   */
  readonly token: () => string | Promise<string>;
  /** @default the user that the token names */
  readonly userId?: string;
  /**
   * Called when the API says that the person's sign-in has no live session, before the call rejects: show the sign-in,
   * with `prompt=login` if `error.reason` is `ended`. Called once per sign-in, however many calls find it out; never
   * after a logout by this client, nor for a token of an earlier sign-in. What it throws is reported as an uncaught
   * error and changes nothing else.
   */
  readonly onSessionEnded?: (error: SessionEndedError) => unknown;
  /**
   * Gives the refresh token of a user pool, if the page holds it: `logout` makes it useless at the pool. Tried once, and
   * only with a pool of Cognito whose app client has no secret.
   */
  readonly refreshToken?: () => string | undefined | Promise<string | undefined>;
  /** @default the browser's user agent; "Node.js" elsewhere */
  readonly userAgent?: string;
  /** What people call this device or app, such as "Acme Desk 2.4": it stands first in their list. @default - no name */
  readonly deviceName?: string;
  /**
   * Milliseconds that a call may take, its retries included.
   * @default 15000
   */
  readonly timeoutMs?: number;
  /** @default the one of the browser or of Node.js */
  readonly fetch?: typeof fetch;
}

/** A page of a list of sessions: the current one first, then by latest activity. */
export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Pass it on as `cursor` for the next page. Absent on the last one. */
  readonly nextCursor?: string;
}

/** What `endOthers` ended. */
export interface EndedSessions {
  readonly deletedSessions: number;
  readonly sessionIds: readonly string[];
  /** Some are still live: call it again. */
  readonly remaining?: true;
  /** Why it stopped before the end. */
  readonly error?: unknown;
}

export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** In place of the client's own. */
  readonly timeoutMs?: number;
}

export interface ReadOptions extends CallOptions {
  /** For calls that no person asked for, such as polling: they do not keep the session alive. */
  readonly passive?: boolean;
}

export interface UserOptions extends CallOptions {
  /** Another user, for an admin. */
  readonly userId?: string;
}

export interface ListOptions extends UserOptions, ReadOptions {
  /** 1 to 100 sessions a page. @default 100 */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface EndOthersOptions extends UserOptions {
  /** Called with what has ended so far, before each further request. */
  readonly onProgress?: (soFar: EndedSessions) => void;
}

export interface LogoutOptions extends CallOptions {
  /**
   * Ends all sessions of the person, the current one last. If they could not all be ended, the person stays signed in on
   * this device and can ask again: nothing is cleared, and what watches goes on.
   */
  readonly everywhere?: boolean;
  /**
   * Forgets the person on this device: drop the tokens, empty the caches. Always called, after the API was asked
   * and whatever it answered. What it throws, `logout` throws.
   */
  readonly clear?: () => void | Promise<void>;
}

/**
 * What became of the session at a logout. The person is signed out on this device either way, except if a logout
 * everywhere did not end all sessions.
 */
export type LogoutOutcome =
  /** `sessionId` is absent when there was none any more. `deletedSessions` counts those that a logout everywhere ended. */
  | { readonly ended: true; readonly sessionId?: string; readonly deletedSessions?: number }
  /** The API could not be told: the session stays in the list until it is idle, or ended from another device. */
  | { readonly ended: false; readonly error: unknown; readonly deletedSessions?: number };

/** By what users are looked up. */
export type UserSearch = { readonly email: string } | { readonly username: string };

export interface SessionClient {
  /** Registers this sign-in's session: call it once after each sign-in. A second time gives the same session. */
  register(options?: CallOptions & Partial<Registration>): Promise<Session>;
  /** A page of the user's live sessions, the current one first. */
  list(options?: ListOptions): Promise<SessionPage>;
  /** All of them, a page at a time as they are needed. */
  listAll(options?: Omit<ListOptions, 'cursor'>): AsyncGenerator<Session, void, undefined>;
  /** Keeps asking for the live sessions while the page is visible, passively. @returns what stops it */
  watch(options: WatchOptions): () => void;
  /**
   * Says whose token it is, and finds out why another API refused it: if the session has ended, this rejects with a
   * `SessionEndedError`.
   */
  whoAmI(options?: ReadOptions): Promise<Caller>;
  /** Ends one session, never the current one. */
  end(sessionId: string, options?: UserOptions): Promise<void>;
  /**
   * Ends all sessions of the user but the current one, in as many requests as that takes; `timeoutMs` is for each.
   * Rejects only if nothing was ended. After a lost answer, only what its retry ended is counted.
   */
  endOthers(options?: EndOthersOptions): Promise<EndedSessions>;
  /** Users of the user pool with exactly that e-mail address or user name, at most 10: for admins. */
  findUsers(who: UserSearch, options?: ReadOptions): Promise<readonly PoolUser[]>;
  /** The cleanup's last runs, the newest first: for admins. */
  cleanups(options?: ReadOptions): Promise<readonly CleanupRun[]>;
  /**
   * Asks what a cleanup would delete now: for admins. Nothing is deleted.
   * @returns the run to look for in `cleanups`; if another admin's is still running, that one
   */
  requestDryRun(options?: CallOptions): Promise<CleanupRun>;
  /**
   * Ends the current session, and stops what watches. It never rejects because of the network, the API or a missing
   * token, so that nobody stays signed in on a device that is offline. With `everywhere`, it ends all of them.
   */
  logout(options?: LogoutOptions): Promise<LogoutOutcome>;
}
