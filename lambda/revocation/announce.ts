import { unmarshall } from '@aws-sdk/util-dynamodb';
import { endOf, isAboutNow, isRevocationReason, type Policy, readTime, type StoredSession } from '../domain/session';
import type { Sighting } from '../domain/store';
import type { BusEvent } from './bus';
import { type Announcement, type Described, sessionEstablished, sessionRevoked } from './caep';

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

/** When the table was changed, epoch milliseconds. */
const timeOf = ({ ApproximateCreationDateTime: seconds = 0 }: NonNullable<StreamRecord['dynamodb']>): number =>
  seconds * 1_000;

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
  const deletedAt = timeOf(dynamodb);
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

export interface AnnounceCreatedDeps extends Omit<AnnounceDeps, 'policy'> {
  readonly describe: (session: StoredSession) => Described;
  /** @default - it is not said whether a device is new */
  readonly isNewDevice?: (sighting: Sighting) => Promise<boolean>;
}

/** Announces each session that was registered, and nothing else that was put into the table. */
export async function announceCreated(
  { publish, issuer, describe, isNewDevice }: AnnounceCreatedDeps,
  records: readonly StreamRecord[],
): Promise<void> {
  const events: BusEvent[] = [];
  for (const { eventID: id = '', eventName, dynamodb } of records) {
    if (eventName !== 'INSERT' || !dynamodb?.NewImage) continue;
    const session = sessionIn(dynamodb.NewImage);
    const insertedAt = timeOf(dynamodb);
    // Items of the older backend, and sessions that were imported or restored, are no sign-ins of now.
    if (session.purgeAt === undefined || !isAboutNow(session.createdAt, insertedAt)) continue;
    const { userId, sessionId } = session;
    const { device, location, ipAddress } = describe(session);
    const at = readTime(session.createdAt) ?? insertedAt;
    const kind = [device.browser, device.os, device.type];
    const country = location?.country ?? '';
    // One after the other: two sessions of the same new device would both be told as new.
    const newDevice = await isNewDevice?.({ userId, sessionId, device: kind, country, at });
    const detail = sessionEstablished({ id, sessionId, userId, at, device, location, ipAddress, newDevice }, issuer);
    events.push({ time: at, detail });
  }
  await publish(events);
}
