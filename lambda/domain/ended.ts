import { type EndReason, endOf, type Policy, readTime, type StoredSession } from './session';

/** Why a user's sessions are ended from outside this API. It is stored with a session in the moment before its end. */
export type OutsideReason =
  | 'user-disabled'
  | 'user-deleted'
  | 'signed-out-everywhere'
  | 'password-changed'
  | 'removed-from-group'
  | 'requested';

/**
 * Why a session is gone. `terminated` is all that a deletion of a live session tells: its user or an admin ended it,
 * or everybody's sessions were ended. Who it was stands in the log, not in the table.
 */
export type GoneReason = EndReason | OutsideReason | 'terminated';

const OUTSIDE: ReadonlySet<unknown> = new Set<OutsideReason>([
  'user-disabled',
  'user-deleted',
  'signed-out-everywhere',
  'password-changed',
  'removed-from-group',
  'requested',
]);

export const isOutsideReason = (value: unknown): value is OutsideReason => OUTSIDE.has(value);

export interface Ending {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: GoneReason;
  /** When it ended, epoch milliseconds: before it was deleted, if it ended on its own. */
  readonly endedAt: number;
  readonly deletedAt: number;
  /** Whether the table's time to live deleted it: the cleanup did not. */
  readonly byTimeToLive: boolean;
}

/** What can be known of an ending from the item that was deleted, and from when and by what. */
export function endingOf(
  session: StoredSession & { readonly endReason?: unknown },
  { deletedAt, byTimeToLive }: Pick<Ending, 'deletedAt' | 'byTimeToLive'>,
  policy: Policy,
): Ending {
  const { sessionId, userId, endReason } = session;
  const common = { sessionId, userId, deletedAt, byTimeToLive };
  if (isOutsideReason(endReason)) {
    return { ...common, reason: endReason, endedAt: readTime(session.updatedAt) ?? deletedAt };
  }
  const end = endOf(session, deletedAt, policy);
  if (end) return { ...common, reason: end.reason, endedAt: end.at ?? deletedAt };
  // TTL deletes what is over, but a clock that runs behind may not see that yet.
  return { ...common, reason: byTimeToLive ? 'expired' : 'terminated', endedAt: deletedAt };
}
