import { endingOf } from '../domain/ended';
import { removalsIn, type StreamRecord } from '../dynamodb/removals';
import { publisher } from '../events/bus';
import { sessionRevoked } from '../events/caep';
import { required, requiredNumber } from './environment';
import { measureEndings } from './metrics';

const issuer = required('eventIssuer');
const policy = { maxAgeDays: requiredNumber('maxAgeDays') };
const publish = publisher(required('eventBus'), { source: issuer, type: 'Session Revoked' });

export type ChangeRecords = readonly StreamRecord[];

/** Tells this stage's bus of the sessions that records of the change stream say are gone. */
export async function tellEndings(records: ChangeRecords): Promise<void> {
  const endings = removalsIn(records).map(({ id, session, ...how }) => ({
    id,
    ending: endingOf(session, how, policy),
  }));
  await publish(
    endings.map(({ id, ending }) => ({ time: ending.deletedAt, detail: sessionRevoked(ending, { issuer, id }) })),
  );
  measureEndings(endings.map(({ ending }) => ending.reason));
}
