import type { RecordedRun } from '../domain/cleanup-log';
import { tryAgain } from '../domain/errors';
import { publisher } from '../revocation/bus';
import { required } from './environment';

const publish = publisher(required('eventBus'), { source: required('eventIssuer'), type: 'Cleanup Requested' });

/** Tells the cleanup of a requested count, by this stage's bus. Where that fails, the next request tells it again. */
export async function startCount(
  { id: runId, requestedBy, dryRun, startedAt }: RecordedRun,
  deadline: number,
): Promise<void> {
  try {
    await publish([{ time: startedAt, detail: { dryRun, runId, requestedBy } }], deadline);
  } catch (error) {
    throw tryAgain(error);
  }
}
