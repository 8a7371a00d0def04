import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { EventBridgeEvent } from 'aws-lambda';
import { addResults, type CleanupResult, NOTHING_CLEANED } from './domain/cleanup';
import { logger } from './runtime/logger';
import { planScheduledSweep, sweeperOf } from './runtime/sweep';

/** What a person who fires the rule may set in the event's `detail`. */
export interface CleanupDetail {
  /** Says what would go, and deletes nothing. */
  readonly dryRun?: boolean;
}

type CleanupEvent = EventBridgeEvent<string, CleanupDetail | undefined>;

/** How long a segment is swept before its progress is checkpointed. */
const CHECKPOINT_EVERY_MS = 60_000;

/**
 * Deletes the sessions that are over. Each segment's progress is checkpointed in bounded steps: a run that
 * crashed, timed out or was throttled for an hour goes on from there.
 * @throws an error, after all is swept, when sessions that should be gone are not: the run counts as failed
 */
export const handler = withDurableExecution(
  async (event: CleanupEvent, context: DurableContext): Promise<CleanupResult> => {
    const dryRun = event?.detail?.dryRun === true;
    const plan = await context.step('plan', () => planScheduledSweep(dryRun));
    const sweeper = sweeperOf(plan);
    const segments = Array.from({ length: plan.segments }, (_, segment) => segment);
    const swept = await context.map('segments', segments, async (child: DurableContext, segment: number) => {
      let total = NOTHING_CLEANED;
      let cursor: Awaited<ReturnType<typeof sweeper.sweepSegment>>['cursor'];
      do {
        const from = cursor;
        const part = await child.step(`segment ${segment}`, () => {
          const end = Date.now() + CHECKPOINT_EVERY_MS;
          return sweeper.sweepSegment(segment, from, () => Date.now() < end);
        });
        total = addResults(total, part.result);
        cursor = part.cursor;
      } while (cursor);
      return total;
    });
    const result = swept.getResults().reduce(addResults, NOTHING_CLEANED);
    // One security event for all that a run ended: with a line for each, a million sessions would be a million lines.
    logger.info('cleanup', { ...(!dryRun && { event: 'session_expired', actor: 'cleanup' }), ...result, dryRun });
    swept.throwIfError();
    if (result.errors > 0) throw new Error(`${result.errors} sessions that are over could not be deleted.`);
    return result;
  },
);
