import { createRetryStrategy, type DurableContext } from '@aws/durable-execution-sdk-js';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeEvent } from 'aws-lambda';
import { addResults, type CleanupResult, NOTHING_CLEANED } from '../domain/cleanup';
import { isPassing } from '../dynamodb/client';
import { planSweep, type SegmentOutcome, Sweeper, type SweepPlan, sweepClient } from '../dynamodb/sweep';

/** What a person who fires the rule may set in the event's `detail`. */
interface CleanupDetail {
  /** Says what would go, and deletes nothing. */
  readonly dryRun?: boolean;
}

export interface CleanupPorts {
  /** @default - a client for sweeps, connected as the environment says */
  readonly client?: DynamoDBClient;
  readonly tableName: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** What has been over for less than this is left alone: the margin for clocks that disagree. */
  readonly marginMs: number;
  /** How long a segment is swept before its progress is checkpointed. */
  readonly checkpointEveryMs: number;
  /** How long one invocation sweeps before it hands over to the next: well within the function's time-out. */
  readonly invocationMs: number;
  readonly onFailure: (sessionId: string, cause: unknown) => void;
  /** Told of the whole run, once. */
  readonly onResult: (result: CleanupResult, plan: SweepPlan) => void;
}

interface Part extends SegmentOutcome {
  /** Whether the invocation that did this part had no time left for another. */
  readonly handOver: boolean;
}

/** A table that throttles, or is away, is waited for: from seconds up to five minutes a time, well over an hour in all. */
const waitForTheTable = createRetryStrategy({
  maxAttempts: 25,
  initialDelay: { seconds: 5 },
  maxDelay: { minutes: 5 },
  backoffRate: 2,
});

/**
 * The scheduled cleanup as a durable execution. Every segment's cursor and counts are checkpointed in bounded parts,
 * so that a run that crashed, timed out or was throttled goes on from there. A part that is done again finds gone
 * what it deleted before: that is not counted twice, nor, after a crash, at all.
 *
 * @returns the function that the durable execution engine runs. It throws, after all is swept, when sessions that
 * should be gone are not: the run has failed.
 */
export const cleanupRun =
  ({ client = sweepClient(), ...ports }: CleanupPorts) =>
  async (
    event: EventBridgeEvent<string, CleanupDetail | undefined>,
    context: DurableContext,
  ): Promise<CleanupResult> => {
    const { tableName, clock, marginMs, checkpointEveryMs, invocationMs } = ports;
    // Of this invocation only, and so never part of what is checkpointed.
    const invocationEnd = clock() + invocationMs;
    const passingFailures: unknown[] = [];

    const plan = await context.step(
      'plan',
      () => planSweep(client, tableName, { asOf: clock() - marginMs, dryRun: event?.detail?.dryRun === true }),
      { retryStrategy: waitForTheTable },
    );
    const sweeper = new Sweeper(client, plan, {
      onFailure: (sessionId, cause) => {
        if (isPassing(cause)) passingFailures.push(cause);
        else ports.onFailure(sessionId, cause);
      },
    });

    async function sweepPart(segment: number, cursor: Part['cursor']): Promise<Part> {
      const end = Math.min(clock() + checkpointEveryMs, invocationEnd);
      const before = passingFailures.length;
      const outcome = await sweeper.sweepSegment(segment, cursor, () => clock() < end);
      if (outcome.result.errors > 0 && passingFailures.length > before) throw passingFailures[before];
      return { ...outcome, handOver: clock() >= invocationEnd };
    }

    async function sweepSegment(child: DurableContext, segment: number): Promise<CleanupResult> {
      let total = NOTHING_CLEANED;
      let cursor: Part['cursor'];
      do {
        const from = cursor;
        const part = await child.step(`segment ${segment}`, () => sweepPart(segment, from), {
          retryStrategy: waitForTheTable,
        });
        total = addResults(total, part.result);
        cursor = part.cursor;
        // With every segment waiting, this invocation ends and a fresh one goes on.
        if (cursor && part.handOver) await child.wait({ seconds: 1 });
      } while (cursor);
      return total;
    }

    const segments = Array.from({ length: plan.segments }, (_, segment) => segment);
    const swept = await context.map('segments', segments, sweepSegment, {
      // A segment that fails for good does not keep the others from being swept.
      completionConfig: { toleratedFailureCount: plan.segments },
    });
    const result = swept.getResults().reduce(addResults, NOTHING_CLEANED);
    await context.step('report', async () => ports.onResult(result, plan));
    swept.throwIfError();
    if (result.errors > 0) throw new Error(`${result.errors} sessions that are over could not be deleted.`);
    return result;
  };
