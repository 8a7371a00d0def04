/** What a caller can be told, by its code in the public contract, with the HTTP status of the answer. */
export const STATUS = {
  INVALID_PROFILE_DATA: 400,
  CANNOT_TERMINATE_CURRENT_SESSION: 400,
  UNAUTHORIZED: 401,
  SESSION_ENDED: 401,
  SIGN_IN_TOO_OLD: 401,
  UNAUTHORIZED_PROFILE_ACCESS: 403,
  SESSION_NOT_FOUND: 404,
  SESSION_LIMIT_EXCEEDED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TRY_AGAIN: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

/** A refusal that the caller is meant to read. Its message and details go out unchanged: no secret, no cause. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly details?: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { details, ...options }: { cause?: unknown; details?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    if (details) this.details = details;
  }
}

/** Why a good token has no live session. */
export type NoSession = 'ended' | 'never-registered';

export const sessionEnded = (reason: NoSession) =>
  new Refusal('SESSION_ENDED', 'This session has been terminated or was never registered. Sign in again.', {
    details: { reason },
  });

/** A missing, expired or otherwise unusable token. `reason` says which, in a word. */
export const unauthorized = (message: string, reason: 'no-token' | 'expired-token' | 'bad-token' = 'bad-token') =>
  new Refusal('UNAUTHORIZED', message, { details: { reason } });

/** The database could not serve the request; nothing is known to be half done, and the same request may be sent again. */
export const tryAgain = (cause?: unknown) =>
  new Refusal('TRY_AGAIN', 'The request could not be served right now. Send it again in a moment.', { cause });
