import { announce, type StreamRecord } from './revocation/announce';
import { publisher } from './revocation/bus';
import { required, requiredNumber } from './runtime/environment';
import { measureEndings } from './runtime/metrics';

const issuer = required('eventIssuer');
const deps = {
  publish: publisher(required('eventBus'), { source: issuer, type: 'Session Revoked' }),
  issuer,
  policy: { maxAgeDays: requiredNumber('maxAgeDays') },
};

/**
 * Announces on the event bus each session that was deleted from the table. The stream repeats a batch that failed, so an
 * announcement may come twice, with the same `jti`; none is lost.
 */
export const handler = async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<void> => {
  const announcements = await announce(deps, Records);
  measureEndings(announcements.map(({ reason }) => reason));
};
