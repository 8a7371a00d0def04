import { type Ending, endingOf } from '../domain/ended';
import type { Policy } from '../domain/session';
import type { BusEvent } from './bus';
import { sessionRevoked } from './caep';
import { deletionsIn, type StreamRecord } from './stream-records';

export interface AnnounceDeps {
  readonly publish: (events: readonly BusEvent[]) => Promise<void>;
  /** The announcements' `iss`. */
  readonly issuer: string;
  readonly policy: Policy;
}

/**
 * Announces each session that is gone from the table, whoever ended it.
 * @returns the endings that were announced
 */
export async function announceEndings(
  { publish, issuer, policy }: AnnounceDeps,
  records: readonly StreamRecord[],
): Promise<Ending[]> {
  const endings = deletionsIn(records).map(({ id, session, ...how }) => ({
    id,
    ending: endingOf(session, how, policy),
  }));
  await publish(
    endings.map(({ id, ending }) => ({ time: ending.deletedAt, detail: sessionRevoked(ending, { issuer, id }) })),
  );
  return endings.map(({ ending }) => ending);
}
