import type { EndReason, RevocationReason } from '../domain/session';

/** An ended session, as others are told about it. */
export interface Announcement {
  /** The same each time the same ending is announced. */
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  /** `terminated`: the session was live when it was deleted. Its user or an admin ended it; the log says who. */
  readonly reason: EndReason | RevocationReason | 'terminated';
  /** Epoch milliseconds. Earlier than the deletion if the session ended on its own. */
  readonly endedAt: number;
  readonly deletedAt: number;
  /** Whether the table's time to live deleted it, and not the cleanup. */
  readonly byTimeToLive: boolean;
}

/** What a session's device and place are, in words. */
export interface Described {
  readonly device: { readonly browser: string; readonly os: string; readonly type: string };
  readonly location?: { readonly city?: string; readonly country: string };
  readonly ipAddress: string;
}

/** A registered session, as others are told about it. */
export interface Creation extends Described {
  /** The same each time the same session is announced. */
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Absent if the stage does not remember devices. */
  readonly newDevice?: boolean;
}

const EVENT_TYPES = 'https://schemas.openid.net/secevent/caep/event-type/';
const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000);

const REASONS: Readonly<
  Record<Announcement['reason'], readonly [initiator: 'policy' | 'admin' | 'user' | undefined, text: string]>
> = {
  expired: ['policy', 'The session reached its absolute lifetime or its idle timeout.'],
  idle: ['policy', 'The session was not used for longer than its idle timeout.'],
  inactive: ['policy', 'The session had been marked as over.'],
  orphaned: ['policy', 'The session reached the maximum age, or its times could not be read.'],
  'user-disabled': ['admin', 'The user was disabled.'],
  'user-deleted': [undefined, 'The user was deleted.'],
  'signed-out-everywhere': [undefined, 'The user was signed out everywhere.'],
  'password-changed': [undefined, 'The user’s password was changed.'],
  'removed-from-group': ['admin', 'The user was removed from a group.'],
  'signed-out-at-provider': [undefined, 'The user was signed out at the identity provider.'],
  'revoked-by-provider': [undefined, 'The identity provider asked to end all sessions of the user.'],
  requested: ['admin', 'Another system asked for it.'],
  // A deletion does not say who did it: the claim is left out rather than guessed.
  terminated: [undefined, 'The session was ended by its user or by an admin.'],
};

/** The announcement as a CAEP `session-revoked` event. It is unsigned: whoever may read the bus may trust it. */
export function sessionRevoked(announcement: Announcement, issuer: string) {
  const { sessionId, userId, reason, endedAt, deletedAt, byTimeToLive } = announcement;
  const [initiator, text] = REASONS[reason];
  return {
    ...claimsOf(announcement, deletedAt, issuer),
    events: {
      [`${EVENT_TYPES}session-revoked`]: {
        event_timestamp: seconds(endedAt),
        ...(initiator && { initiating_entity: initiator }),
        reason_admin: { en: text },
      },
    },
    // Not part of CAEP: the patterns of EventBridge rules can match these.
    reason,
    userId,
    sessionId,
    byTimeToLive,
  };
}

/** A registration as a CAEP `session-established` event, unsigned like the other. */
export function sessionEstablished({ id, at, ...session }: Creation, issuer: string) {
  return {
    ...claimsOf({ id, ...session }, at, issuer),
    events: { [`${EVENT_TYPES}session-established`]: { event_timestamp: seconds(at) } },
    // Not part of CAEP, as above.
    ...session,
  };
}

const claimsOf = (
  { id, userId, sessionId }: { id: string; userId: string; sessionId: string },
  at: number,
  iss: string,
) => ({
  iss,
  jti: id,
  iat: seconds(at),
  sub_id: {
    format: 'complex',
    user: { format: 'opaque', id: userId },
    session: { format: 'opaque', id: sessionId },
  },
});
