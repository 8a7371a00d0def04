import { unmarshall } from '@aws-sdk/util-dynamodb';
import { endOf, isRevocationReason, type Policy, readTime, type StoredSession } from '../domain/session';
import type { BusEvent } from './bus';
import { type Announcement, sessionRevoked } from './caep';

/** A record of the sessions table's change stream, as far as it is read. */
export interface StreamRecord {
  readonly eventID?: string;
  readonly eventName?: string;
  readonly userIdentity?: { readonly principalId?: string };
  readonly dynamodb?: {
    readonly ApproximateCreationDateTime?: number;
    readonly OldImage?: unknown;
    readonly NewImage?: unknown;
  };
}

/** The session in a record's image. A number that JavaScript cannot hold exactly is no reason not to read it. */
export const sessionIn = (image: unknown): StoredSession =>
  unmarshall(image as Parameters<typeof unmarshall>[0], { wrapNumbers: Number }) as StoredSession;

export interface AnnounceDeps {
  readonly publish: (events: readonly BusEvent[]) => Promise<void>;
  /** The announcements' `iss`. */
  readonly issuer: string;
  readonly policy: Policy;
}

/**
 * Announces each session that was deleted from the table, whoever ended it.
 * @returns what was announced
 */
export async function announce(
  { publish, issuer, policy }: AnnounceDeps,
  records: readonly StreamRecord[],
): Promise<Announcement[]> {
  const announcements = records.flatMap((record) => announcementOf(record, policy) ?? []);
  await publish(announcements.map((one) => ({ time: one.deletedAt, detail: sessionRevoked(one, issuer) })));
  return announcements;
}

/** @returns undefined if the record is not a deletion */
function announcementOf(
  { eventID = '', eventName, userIdentity, dynamodb }: StreamRecord,
  policy: Policy,
): Announcement | undefined {
  if (eventName !== 'REMOVE' || !dynamodb?.OldImage) return undefined;
  const session = sessionIn(dynamodb.OldImage);
  const deletedAt = (dynamodb.ApproximateCreationDateTime ?? 0) * 1_000;
  const byTimeToLive = userIdentity?.principalId === 'dynamodb.amazonaws.com';
  const { sessionId, userId, endReason } = session;
  const common = { id: eventID, sessionId, userId, deletedAt, byTimeToLive };
  if (isRevocationReason(endReason)) {
    return { ...common, reason: endReason, endedAt: readTime(session.updatedAt) ?? deletedAt };
  }
  const end = endOf(session, deletedAt, policy);
  if (end) return { ...common, reason: end.reason, endedAt: end.at ?? deletedAt };
  // Only TTL deletes sessions on its own clock. If that is ahead of ours, the rule still calls the session live.
  return { ...common, reason: byTimeToLive ? 'expired' : 'terminated', endedAt: deletedAt };
}
