import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { EventBridgeEvent } from 'aws-lambda';
import { addResults, type CleanupResult, NOTHING_CLEANED } from './domain/cleanup';
import { logger } from './runtime/logger';
import { measureCleanup } from './runtime/metrics';
import { MARGIN_MS, planScheduledSweep, sweeperOf } from './runtime/sweep';

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
      let oldestLeft = Number.POSITIVE_INFINITY;
      let cursor: Awaited<ReturnType<typeof sweeper.sweepSegment>>['cursor'];
      do {
        const from = cursor;
        const part = await child.step(`segment ${segment}`, () => {
          const end = Date.now() + CHECKPOINT_EVERY_MS;
          return sweeper.sweepSegment(segment, from, () => Date.now() < end);
        });
        oldestLeft = Math.min(oldestLeft, part.oldestLeft ?? Number.POSITIVE_INFINITY);
        total = addResults(total, part.result);
        cursor = part.cursor;
      } while (cursor);
      return { total, oldestLeft };
    });
    const parts = swept.getResults();
    const result = parts.map(({ total }) => total).reduce(addResults, NOTHING_CLEANED);
    // A step, so that a run which is taken up again after this is measured once.
    await context.step('measure', async () => {
      const now = Date.now();
      const oldest = Math.min(...parts.map(({ oldestLeft }) => oldestLeft ?? Number.POSITIVE_INFINITY));
      const oldestLeft = Number.isFinite(oldest) ? oldest : undefined;
      logger.info('cleanup', { ...result, dryRun });
      if (!dryRun)
        measureCleanup({
          result,
          durationMs: now - plan.asOf - MARGIN_MS,
          throttles: sweeper.pacer.throttles,
          oldestLeft,
          now,
        });
    });
    swept.throwIfError();
    if (result.errors > 0) throw new Error(`${result.errors} sessions that are over could not be deleted.`);
    return result;
  },
);
