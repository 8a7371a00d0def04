import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { CLOCK_MARGIN_MS } from './domain/session';
import { cleanupLog } from './runtime/cleanup-log';
import { cleanupRun } from './runtime/cleanup-run';
import { optionalNumber, required, requiredNumber } from './runtime/environment';
import { hashed, logger } from './runtime/logger';
import { measureCleanup } from './runtime/metrics';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Deletes the sessions that are over, every six hours. */
export const handler = withDurableExecution(
  cleanupRun({
    tableName: required('sessionsTable'),
    policy: { maxAgeDays: requiredNumber('maxAgeDays') },
    writeUnitsPerSecond: optionalNumber('cleanupWriteUnits'),
    clock: Date.now,
    marginMs: CLOCK_MARGIN_MS,
    checkpointEveryMs: 4 * MINUTE_MS,
    invocationMs: 13 * MINUTE_MS,
    log: cleanupLog,
    longestMs: requiredNumber('cleanupHours') * HOUR_MS,
    onFailure: (sessionId, error) =>
      logger.error('session not deleted', { session: hashed(sessionId), error: error as Error }),
    onTrouble: (message, cause) => logger.error(message, { error: cause as Error }),
    onFinish: (run) => {
      const { dryRun, result } = run;
      // One security event for all that a run ended: with a line for each, a million sessions would be a million lines.
      logger.info('cleanup', { ...(!dryRun && { event: 'session_expired', actor: 'cleanup' }), ...result, dryRun });
      if (!dryRun) measureCleanup(run);
    },
  }),
);
