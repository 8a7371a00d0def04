import type { Ending } from '../domain/ended';

const EVENT_TYPE = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000);

const REASONS: Readonly<
  Record<Ending['reason'], readonly [initiator: 'policy' | 'admin' | 'user' | undefined, text: string]>
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
  requested: ['admin', 'Another system asked for it.'],
  // A deletion does not say who did it: the claim is left out rather than guessed.
  terminated: [undefined, 'The session was ended by its user or by an admin.'],
};

/**
 * An ended session in the shape of a CAEP `session-revoked` event, unsigned: whoever may read the bus may trust it.
 * @param id the same if the same ending is announced again
 */
export function sessionRevoked(ending: Ending, { issuer, id }: { issuer: string; id: string }) {
  const [initiator, text] = REASONS[ending.reason];
  return {
    iss: issuer,
    jti: id,
    iat: seconds(ending.deletedAt),
    sub_id: {
      format: 'complex',
      user: { format: 'opaque', id: ending.userId },
      session: { format: 'opaque', id: ending.sessionId },
    },
    events: {
      [EVENT_TYPE]: {
        event_timestamp: seconds(ending.endedAt),
        ...(initiator && { initiating_entity: initiator }),
        reason_admin: { en: text },
      },
    },
    // Beside the standard's claims, for rules: a pattern can name these.
    reason: ending.reason,
    userId: ending.userId,
    sessionId: ending.sessionId,
    byTimeToLive: ending.byTimeToLive,
  };
}
