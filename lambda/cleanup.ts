import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { cleanupRun } from './cleanup/run';
import { sweepClient } from './cleanup/sweep-client';
import { cleanupLog } from './runtime/cleanup-log';
import { optionalNumber, required, requiredNumber } from './runtime/environment';
import { hashed, logger } from './runtime/logger';
import { measureCleanup } from './runtime/metrics';

const HOUR_MS = 3_600_000;

/** Deletes the sessions that are over, every six hours. */
export const handler = withDurableExecution(
  cleanupRun(
    {
      client: sweepClient(),
      log: cleanupLog,
      now: Date.now,
      onFailure: (sessionId, error) =>
        logger.error('session not deleted', { session: hashed(sessionId), error: error as Error }),
      onTrouble: (message, cause) => logger.error(message, { error: cause as Error }),
      onFinish: (run, { unreadable, oldestLeft }) => {
        const { dryRun, result, why } = run;
        // One security event for all that a run ended: with a line for each, a million sessions would be a million lines.
        logger.info('cleanup', {
          ...(!dryRun && { event: 'session_expired', actor: 'cleanup' }),
          ...result,
          why,
          unreadable,
          dryRun,
        });
        if (!dryRun) measureCleanup(run, oldestLeft);
      },
    },
    {
      tableName: required('sessionsTable'),
      policy: { maxAgeDays: requiredNumber('maxAgeDays') },
      writeUnitsPerSecond: optionalNumber('cleanupWriteUnits'),
      longestMs: requiredNumber('cleanupHours') * HOUR_MS,
    },
  ),
);
