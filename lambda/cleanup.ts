import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { cleanupRun } from './cleanup/run';
import { optionalNumber, required, requiredNumber } from './runtime/environment';
import { hashed, logger } from './runtime/logger';
import { measureCleanup } from './runtime/metrics';
import { cleanupClient, clock, runLog, stagePolicy } from './runtime/wiring';

const HOUR_MS = 3_600_000;

/** Deletes the sessions that are over, every six hours. */
export const handler = withDurableExecution(
  cleanupRun(
    {
      client: cleanupClient(),
      log: runLog(),
      clock,
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
        measureCleanup(run, oldestLeft);
      },
    },
    {
      tableName: required('sessionsTable'),
      policy: stagePolicy(),
      writeUnitsPerSecond: optionalNumber('cleanupWriteUnits'),
      longestMs: requiredNumber('cleanupHours') * HOUR_MS,
    },
  ),
);
