import { planSweep, Sweeper, type SweepPlan, sweepClient } from '../dynamodb/sweep';
import { optionalNumber, required, requiredNumber } from './environment';
import { hashed, logger } from './logger';

const tableName = required('sessionsTable');
const client = sweepClient();

/** What has been over for less than this is left alone: the margin for clocks that disagree. */
export const MARGIN_MS = 60_000;

/** The scheduled sweep of this function's table. */
export const planScheduledSweep = (dryRun: boolean): Promise<SweepPlan> =>
  planSweep(client, tableName, {
    asOf: Date.now() - MARGIN_MS,
    dryRun,
    policy: { maxAgeDays: requiredNumber('maxAgeDays') },
  });

export const sweeperOf = (plan: SweepPlan): Sweeper =>
  new Sweeper(client, plan, {
    writeUnitsPerSecond: optionalNumber('cleanupWriteUnits'),
    onFailure: (sessionId, error) =>
      logger.error('session not deleted', { session: hashed(sessionId), error: error as Error }),
  });
