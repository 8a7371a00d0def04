import type { StoredSession } from './domain/session';
import { sessionView } from './http/session-view';
import { announce, announceCreated, type StreamRecord } from './revocation/announce';
import { optionalNumber, required } from './runtime/environment';
import { measureEndings } from './runtime/metrics';
import { deviceMemory, publisherOf, stagePolicy } from './runtime/wiring';

const issuer = required('eventIssuer');
const memoryDays = optionalNumber('deviceMemoryDays');
const ended = { publish: publisherOf('Session Revoked'), issuer, policy: stagePolicy() };
const created = {
  publish: publisherOf('Session Created'),
  issuer,
  describe: (session: StoredSession) => sessionView(session, undefined),
  isNewDevice: memoryDays === undefined ? undefined : deviceMemory(memoryDays),
};

/**
 * Announces on the event bus each session that was registered, and each that was deleted from the table. The stream
 * repeats a batch that failed, so an announcement may come twice, with the same `jti`; none is lost.
 */
export const handler = async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<void> => {
  await announceCreated(created, Records);
  const announcements = await announce(ended, Records);
  measureEndings(announcements.map(({ reason }) => reason));
};
