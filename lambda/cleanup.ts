import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { CLOCK_MARGIN_MS } from './domain/session';
import { cleanupRun } from './runtime/cleanup-run';
import { required } from './runtime/environment';
import { hashed, logger } from './runtime/logger';

const MINUTE_MS = 60_000;

/** Deletes the sessions that are over, every six hours. */
export const handler = withDurableExecution(
  cleanupRun({
    tableName: required('sessionsTable'),
    clock: Date.now,
    marginMs: CLOCK_MARGIN_MS,
    checkpointEveryMs: 4 * MINUTE_MS,
    invocationMs: 13 * MINUTE_MS,
    onFailure: (sessionId, error) =>
      logger.error('session not deleted', { session: hashed(sessionId), error: error as Error }),
    // One security event for all that a run ended: with a line for each, a million sessions would be a million lines.
    onResult: (result, { dryRun }) =>
      logger.info('cleanup', { ...(!dryRun && { event: 'session_expired', actor: 'cleanup' }), ...result, dryRun }),
  }),
);
