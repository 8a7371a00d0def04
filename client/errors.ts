import type { ApiErrorCode } from './types';

/** What can go wrong on the way to the API and back. */
export type ClientErrorCode = 'NETWORK_ERROR' | 'TIMEOUT' | 'UNREADABLE_ANSWER';

/** Why a token has no live session. */
export type SessionEndedReason =
  /** The sign-in's session has ended. Only a new sign-in opens another one: `prompt=login`. */
  | 'ended'
  /** The sign-in has not registered yet, and still may. */
  | 'never-registered';

export interface SessionErrorOptions {
  /** The HTTP status; absent when no answer came. */
  readonly status?: number;
  /** Names the request in the API's log. */
  readonly requestId?: string;
  /** When the API says that the same request may be sent again, in milliseconds from its answer. */
  readonly retryAfterMs?: number;
  /** What the API says besides code and message. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Any failure of a call. `code` says which; the classes below are for the ones that a page treats by themselves. */
export class SessionError extends Error {
  override readonly name: string = 'SessionError';
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ApiErrorCode | ClientErrorCode,
    message: string,
    { status, requestId, retryAfterMs, details, cause }: SessionErrorOptions = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }
}

/** The token's sign-in has no live session: the person signs in again. */
export class SessionEndedError extends SessionError {
  override readonly name = 'SessionEndedError';

  /** Absent if the API does not say why. */
  get reason(): SessionEndedReason | undefined {
    const reason = this.details?.reason;
    return reason === 'ended' || reason === 'never-registered' ? reason : undefined;
  }
}

/** The sign-in is too old, or the token no good: new tokens, or a new sign-in, may mend it. */
export class UnauthorizedError extends SessionError {
  override readonly name = 'UnauthorizedError';
}

/** Another user's id, and the caller is no admin. */
export class ForbiddenError extends SessionError {
  override readonly name = 'ForbiddenError';
}

/** That user has no such session: it has ended meanwhile, as a rule. */
export class SessionNotFoundError extends SessionError {
  override readonly name = 'SessionNotFoundError';
}

/** One's own current session is ended by `logout`, not by `end`. */
export class CurrentSessionError extends SessionError {
  override readonly name = 'CurrentSessionError';
}

/** The API could not serve the request now, nor when it was sent again. Nothing is half done. */
export class TryAgainError extends SessionError {
  override readonly name = 'TryAgainError';
}

/** No answer came: offline, blocked, or broken on the way. */
export class NetworkError extends SessionError {
  override readonly name = 'NetworkError';
}

/** The call's time was over before an answer came. */
export class TimeoutError extends SessionError {
  override readonly name = 'TimeoutError';
}

const CLASSES: Readonly<Partial<Record<string, typeof SessionError>>> = {
  SESSION_ENDED: SessionEndedError,
  UNAUTHORIZED: UnauthorizedError,
  SIGN_IN_TOO_OLD: UnauthorizedError,
  UNAUTHORIZED_PROFILE_ACCESS: ForbiddenError,
  SESSION_NOT_FOUND: SessionNotFoundError,
  CANNOT_TERMINATE_CURRENT_SESSION: CurrentSessionError,
  TRY_AGAIN: TryAgainError,
  TOO_MANY_REQUESTS: TryAgainError,
};

/** The error of an answer. A code that is newer than this client is a plain `SessionError`. */
export function errorOf(code: ApiErrorCode, message: string, options: SessionErrorOptions): SessionError {
  const Class = CLASSES[code] ?? SessionError;
  return new Class(code, message, options);
}
