import type { RecordedRun } from '../domain/cleanup-log';
import { tryAgain } from '../domain/errors';

/** Puts an event on the bus. */
type Publish = (events: readonly { readonly time: number; readonly detail: object }[]) => Promise<void>;

/** @returns a function that sends a requested dry run to the cleanup. If it fails, the next request sends it again. */
export const startDryRun =
  (publish: Publish) =>
  async ({ id: runId, requestedBy, dryRun, startedAt }: RecordedRun): Promise<void> => {
    try {
      await publish([{ time: startedAt, detail: { dryRun, runId, requestedBy } }]);
    } catch (error) {
      throw tryAgain(error);
    }
  };
