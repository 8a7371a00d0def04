// Written by `npm run openapi`, from docs/openapi.json: change the schemas of the handlers, not this file.

/** The body that registers a session. */
export interface Registration {
  /** What the device says of itself, 1 to 1,000 characters. */
  readonly userAgent: string;
  /** What people call the device or the app, such as “Work laptop”, 1 to 1,000 characters. */
  readonly deviceName?: string | null;
  /** Within 5 minutes of now; the time of the sign-in when absent. */
  readonly loginTime?: string | number | null;
  /** Hours from the sign-in after which the session is over at the latest, if that is less than the stage gives. */
  readonly maxHours?: number | null;
  /** Checked for form and otherwise ignored: what is recorded is the connection’s address. */
  readonly ipAddress?: string | null;
}

/** A live session: one sign-in of one person on one device. All times are ISO 8601 UTC. */
export interface Session {
  /** Names the session when it is to be ended. */
  readonly id: string;
  /** The address it was registered from, IPv4 or IPv6. */
  readonly ipAddress: string;
  /** The address it was last used from, recorded with `lastActivity`. */
  readonly lastIpAddress: string;
  /** What the device said of itself, at most 1,000 characters: show `device` to people. */
  readonly userAgent: string;
  /** When the person signed in. */
  readonly loginTime: string;
  /** When it was last used, exact to a twentieth of the idle timeout (24 minutes of 8 hours). */
  readonly lastActivity: string;
  /** When it ends at the latest, however much it is used. */
  readonly expiresAt: string;
  /** Whether the request came from it. At most one in a list is, and it comes first. */
  readonly isCurrent: boolean;
  readonly location?: SessionLocation;
  readonly device: SessionDevice;
}

/** Where the last address is, as far as that is known. The country is two letters, ISO 3166. */
export interface SessionLocation {
  readonly city?: string;
  readonly country: string;
}

/** The device in words, from the user agent. A client can send any user agent: it proves nothing. */
export interface SessionDevice {
  /** What the person or the app called the device at registration. Show it first. */
  readonly name?: string;
  /** "Firefox", or "Unknown browser". */
  readonly browser: string;
  /** "Windows", or "Unknown system". */
  readonly os: string;
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | 'unknown';
}

/** What a refusal, or a failure, answers with. */
export interface Failure {
  readonly success: false;
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    readonly details?: unknown;
  };
  /** ISO 8601; epoch milliseconds where the gateway answers by itself. */
  readonly timestamp: string | number;
}

/** The codes of the API’s refusals. */
export type ApiErrorCode =
  | 'INVALID_PROFILE_DATA'
  | 'CANNOT_TERMINATE_CURRENT_SESSION'
  | 'UNAUTHORIZED'
  | 'SESSION_ENDED'
  | 'SIGN_IN_TOO_OLD'
  | 'UNAUTHORIZED_PROFILE_ACCESS'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_LIMIT_EXCEEDED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TRY_AGAIN'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_SERVER_ERROR';

/** A user of the user pool. */
export interface PoolUser {
  /** The user’s id, the `sub` of their tokens. */
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  /** In Cognito’s words, such as CONFIRMED. */
  readonly status: string;
  readonly enabled: boolean;
}

/** Whose token it is, with a session that is live at this moment. */
export interface Caller {
  readonly userId: string;
  readonly role: 'user' | 'admin';
  /** Of the session, which is also the sign-in’s. */
  readonly sessionId: string;
  /** When the person signed in. */
  readonly loginTime: string;
  /** When the session ends at the latest, however much it is used. */
  readonly expiresAt: string;
}

/** A run of the cleanup. */
export interface CleanupRun {
  /** Names the run. */
  readonly id: string;
  /** `unfinished`: it began, and its time is over without an end. */
  readonly state: 'running' | 'completed' | 'failed' | 'unfinished';
  /** A dry run deleted nothing. */
  readonly dryRun: boolean;
  /** The id of the admin who asked for it. Absent: the schedule began it. */
  readonly requestedBy?: string;
  /** When it began, or was asked for. */
  readonly startedAt: string;
  /** When it came to its end. */
  readonly finishedAt?: string;
  readonly result?: CleanupResult;
  readonly why?: WhyEnded;
  /** Requests that the table refused for their number; they were sent again. */
  readonly throttles?: number;
  /** Why it failed: a sentence. */
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
  /** Deleted; in a dry run 0: the three above say what would go. */
  readonly deletedSessions: number;
  /** Sessions that should be gone and are not. */
  readonly errors: number;
}

/** The reasons behind the result. */
export interface WhyEnded {
  /** Past the end of their sign-in. */
  readonly expired: number;
  /** Unused for longer than their idle timeout. With `expired`, they are `expiredSessions`. */
  readonly idle: number;
  /** Marked as ended. */
  readonly inactive: number;
  /** Too old, or without a readable time. */
  readonly orphaned: number;
}

/** What each route takes as its body, and answers with when it succeeds. */
export interface Routes {
  /** Register the session of the token’s sign-in. */
  'POST /users/{id}/sessions': {
    readonly body: Registration;
    readonly answer: {
      readonly success: true;
      readonly data: Session;
    };
  };
  /** List a user’s live sessions. */
  'GET /users/{id}/sessions': {
    readonly answer: {
      readonly success: true;
      readonly data: readonly Session[];
      /** Pass it on as `cursor` for the next page. Absent on the last one. */
      readonly nextCursor?: string;
    };
  };
  /** End all of a user’s sessions but the current one. */
  'DELETE /users/{id}/sessions': {
    readonly answer: {
      readonly success: true;
      readonly data: {
        readonly message: string;
        readonly deletedSessions: number;
        readonly sessionIds: readonly string[];
        /** There are more: at most 1,000 are ended at once. Send it again. */
        readonly remaining?: true;
      };
    };
  };
  /** End one session. */
  'DELETE /users/{id}/sessions/{sessionId}': {
    readonly answer: {
      readonly success: true;
      readonly data: {
        readonly message: 'Session terminated successfully';
      };
    };
  };
  /** End the current session, or all of the user’s. */
  'POST /logout': {
    readonly body: {
      /** Whether all sessions of the user end, the current one last. */
      readonly everywhere?: boolean;
    };
    readonly answer: {
      readonly success: true;
      readonly data: {
        readonly message: 'Logout successful';
        /** The current session, if it was ended. */
        readonly sessionId?: string;
        /** Of a logout everywhere: how many sessions this call ended. */
        readonly deletedSessions?: number;
        /** Of a logout everywhere: there are more, and the current one is live. Send it again. */
        readonly remaining?: true;
      };
    };
  };
  /** Find users by e-mail address or user name. */
  'GET /users': {
    readonly answer: {
      readonly success: true;
      readonly data: readonly PoolUser[];
    };
  };
  /** Say whose token it is, if its session is live. */
  'GET /session': {
    readonly answer: {
      readonly success: true;
      readonly data: Caller;
    };
  };
  /** List the cleanup’s last runs. */
  'GET /cleanups': {
    readonly answer: {
      readonly success: true;
      readonly data: readonly CleanupRun[];
    };
  };
  /** Count what a cleanup would delete now. */
  'POST /cleanups': {
    readonly body: {
      readonly dryRun: true;
    };
    readonly answer: {
      readonly success: true;
      readonly data: CleanupRun;
    };
  };
}
