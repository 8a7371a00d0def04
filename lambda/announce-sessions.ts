import { announce, type StreamRecord } from './revocation/announce';
import { required } from './runtime/environment';
import { publisherOf } from './runtime/event-bus';
import { measureEndings } from './runtime/metrics';
import { stagePolicy } from './runtime/wiring';

const deps = { publish: publisherOf('Session Revoked'), issuer: required('eventIssuer'), policy: stagePolicy() };

/**
 * Announces on the event bus each session that was deleted from the table. The stream repeats a batch that failed, so an
 * announcement may come twice, with the same `jti`; none is lost.
 */
export const handler = async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<void> => {
  const announcements = await announce(deps, Records);
  measureEndings(announcements.map(({ reason }) => reason));
};
