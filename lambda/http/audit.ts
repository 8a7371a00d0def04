import type { Connection } from '../domain/caller';
import type { ErrorCode, Refusal } from '../domain/errors';

/**
 * What happens here, in the words of OWASP's logging vocabulary. A session's end is its `session_expired`, with
 * `logout`, `revoked` or `session limit` as the reason; the cleanup writes one such line a run, with its counts. The vocabulary
 * has no word for a token that was refused: `authn_token_fail` is made like its `authz_fail`.
 */
export type SecurityEventName =
  | 'session_created'
  | 'session_renewed'
  | 'session_expired'
  | 'session_use_after_expire'
  | 'authn_token_fail'
  | 'authz_fail'
  | 'authz_admin'
  | 'input_validation_fail';

/** What happened to whom. */
export interface Happening {
  readonly event: SecurityEventName;
  /** Whose account or session it is about. */
  readonly subject?: string;
  /** The session it is about: the caller's own where no other is named. Not hashed yet. */
  readonly sessionId?: string;
  /** A word or a sentence of ours; nothing of the request. */
  readonly reason?: string;
  /** Of a registration: what the device is, and the country of its address if the stage knows places. */
  readonly deviceType?: string;
  readonly country?: string;
}

/** One security event: who did what to whom, from where. Never a token, a header map or a body. */
export interface SecurityEvent extends Happening {
  readonly requestId: string;
  readonly route: string;
  /** The user whose token it was; absent where nobody is known. */
  readonly actor?: string;
  /** Absent where the door knows none. */
  readonly address?: string;
  readonly userAgent: string;
}

export type Audit = (event: SecurityEvent) => void;

/** A client may send kilobytes. */
const MAX_USER_AGENT_LENGTH = 256;

/** What every security event says of its request. */
export const aboutRequest = (
  requestId: string,
  route: string,
  { ipAddress, userAgent }: Pick<Connection, 'userAgent'> & Partial<Connection>,
): Pick<SecurityEvent, 'requestId' | 'route' | 'address' | 'userAgent'> => ({
  requestId,
  route,
  address: ipAddress,
  userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH),
});

const EVENT_OF: Readonly<Partial<Record<ErrorCode, SecurityEventName>>> = {
  UNAUTHORIZED: 'authn_token_fail',
  SIGN_IN_TOO_OLD: 'authn_token_fail',
  SESSION_ENDED: 'session_use_after_expire',
  UNAUTHORIZED_PROFILE_ACCESS: 'authz_fail',
  INVALID_PROFILE_DATA: 'input_validation_fail',
  PAYLOAD_TOO_LARGE: 'input_validation_fail',
  UNSUPPORTED_MEDIA_TYPE: 'input_validation_fail',
};

/** The security event that a refusal is, if it is one. */
export function securityEventFor({ code, message }: Refusal): Happening | undefined {
  const event = EVENT_OF[code];
  return event && { event, reason: message };
}
