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

/** A refusal that the caller is meant to read. Its message goes out as it stands: no secret, no cause. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

// The authorizer hands these two to the gateway, which puts them between the quotes of a JSON template
// without escaping: no quotes, backslashes or line breaks in them.
export const sessionEnded = () =>
  new Refusal('SESSION_ENDED', 'This session has been terminated, or this sign-in has registered none. Sign in again.');
export const unauthorized = (message: string) => new Refusal('UNAUTHORIZED', message);

/** The database could not serve the request; nothing is known to be half done, and the same request may be sent again. */
export const tryAgain = (cause?: unknown) =>
  new Refusal('TRY_AGAIN', 'The request could not be served right now. Send it again in a moment.', { cause });
