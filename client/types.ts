/** What the API answers, as its contract has it. All times are ISO 8601 UTC. */

/** A live session: one sign-in of one person on one device. */
export interface Session {
  /** Names the session in `end`. */
  readonly id: string;
  /** The address it was registered from, IPv4 or IPv6. */
  readonly ipAddress: string;
  /** What the device said of itself, at most 1,000 characters: show `device` to people. */
  readonly userAgent: string;
  /** When the person signed in. */
  readonly loginTime: string;
  /** When it was last used, exact to a twentieth of the idle timeout (24 minutes of 8 hours). */
  readonly lastActivity: string;
  /** When it ends at the latest, however much it is used. */
  readonly expiresAt: string;
  /** Whether it is the session that the request came from. At most one in a list is, and it comes first. */
  readonly isCurrent: boolean;
  /** Where it was registered, as far as that is known. */
  readonly location?: SessionLocation;
  readonly device: SessionDevice;
}

export interface SessionLocation {
  readonly city?: string;
  readonly country: string;
}

/** The device in words, from the user agent. A client can send any user agent: it proves nothing. */
export interface SessionDevice {
  /** "Firefox", or "Unknown browser". */
  readonly browser: string;
  /** "Windows", or "Unknown system". */
  readonly os: string;
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'unknown';
}

/** A page of a list of sessions: the current one first, then by latest activity. */
export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Pass it on as `cursor` for the next page. Absent on the last one. */
  readonly nextCursor?: string;
}

/** What ended when all others were ended. */
export interface EndedSessions {
  /** How many. */
  readonly deletedSessions: number;
  readonly sessionIds: readonly string[];
}

/** A run of the cleanup, which deletes the sessions that are over. */
export interface CleanupRun {
  readonly id: string;
  /** `failed` says why in `failure`; `unfinished` died, or never began. */
  readonly state: 'running' | 'completed' | 'failed' | 'unfinished';
  /** Whether it only counted. */
  readonly dryRun: boolean;
  /** The admin who asked for it. Absent where the schedule began it. */
  readonly requestedBy?: string;
  readonly startedAt: string;
  /** Absent until it has ended. */
  readonly finishedAt?: string;
  /** Absent until it has ended, and where it could not look at the sessions at all. */
  readonly result?: CleanupResult;
  /** How often the database was too busy for it. */
  readonly throttles?: number;
  /** A sentence for people. */
  readonly failure?: string;
}

/** Sessions, each counted once: expired + inactive + orphaned = deleted + errors. */
export interface CleanupResult {
  /** Examined. */
  readonly totalSessions: number;
  /** Over because their time was. */
  readonly expiredSessions: number;
  /** Over because they were marked so. */
  readonly inactiveSessions: number;
  /** Over because of their age, or because their times cannot be read. */
  readonly orphanedSessions: number;
  /** In a dry run 0: the three above say what would go. */
  readonly deletedSessions: number;
  /** Sessions that should be gone and are not. */
  readonly errors: number;
}

/** The body that registers a session. */
export interface Registration {
  /** 1 to 1,000 characters. */
  readonly userAgent: string;
  /** Within five minutes of now. The time of the sign-in when absent. */
  readonly loginTime?: string;
  /** Checked for form and otherwise ignored: what is recorded is the connection's address. */
  readonly ipAddress?: string;
}

/** The codes of the API's refusals. */
export type ApiErrorCode =
  | 'INVALID_PROFILE_DATA'
  | 'CANNOT_TERMINATE_CURRENT_SESSION'
  | 'UNAUTHORIZED'
  | 'SESSION_ENDED'
  | 'SIGN_IN_TOO_OLD'
  | 'UNAUTHORIZED_PROFILE_ACCESS'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_LIMIT_EXCEEDED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_REQUESTS'
  | 'TRY_AGAIN'
  | 'INTERNAL_SERVER_ERROR';

/** The envelope of a success. */
export interface Success<T> {
  readonly success: true;
  readonly data: T;
  /** Beside a list that goes on. */
  readonly nextCursor?: string;
}

/** The envelope of a failure. */
export interface Failure {
  readonly success: false;
  readonly error: { readonly code: ApiErrorCode; readonly message: string; readonly details?: unknown };
  /** ISO 8601; epoch milliseconds where the gateway answers by itself. */
  readonly timestamp: string | number;
}
