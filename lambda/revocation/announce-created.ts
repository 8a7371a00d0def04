import { isAboutNow, readTime, type StoredSession } from '../domain/session';
import type { Sighting } from '../domain/store';
import { type StreamRecord, sessionIn } from './announce';
import type { BusEvent } from './bus';
import { sessionEstablished } from './caep';

/** What a session's device and place are, in words. */
export interface Described {
  readonly device: { readonly browser: string; readonly os: string; readonly type: string };
  readonly location?: { readonly city?: string; readonly country: string };
  readonly ipAddress: string;
}

export interface AnnounceCreatedDeps {
  readonly publish: (events: readonly BusEvent[]) => Promise<void>;
  /** The events' `iss`. */
  readonly issuer: string;
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
    const insertedAt = (dynamodb.ApproximateCreationDateTime ?? 0) * 1_000;
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
