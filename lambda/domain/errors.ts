/**
 * Everything that a caller can be told, as codes. The codes are part of the public contract; the status
 * that goes with each stands in `http/answers.ts`.
 */
export type ErrorCode =
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
  | 'TRY_AGAIN';

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
