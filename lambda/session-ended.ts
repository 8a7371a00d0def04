import { announceEndings } from './revocation/announce';
import { publisher } from './revocation/bus';
import type { StreamRecord } from './revocation/stream-records';
import { required, requiredNumber } from './runtime/environment';
import { measureEndings } from './runtime/metrics';

const issuer = required('eventIssuer');
const deps = {
  publish: publisher(required('eventBus'), { source: issuer, type: 'Session Revoked' }),
  issuer,
  policy: { maxAgeDays: requiredNumber('maxAgeDays') },
};

/**
 * Announces each session that is gone from the table on the bus. The stream sends a failed batch again, so an event may
 * come twice, with the same `jti`; none is left out.
 */
export const handler = async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<void> => {
  const endings = await announceEndings(deps, Records);
  measureEndings(endings.map(({ reason }) => reason));
};
