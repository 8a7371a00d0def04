import { createRetryStrategy, type DurableContext } from '@aws/durable-execution-sdk-js';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeEvent } from 'aws-lambda';
import { addResults, type CleanupResult, NOTHING_CLEANED } from '../domain/cleanup';
import type { Policy } from '../domain/session';
import { isPassing } from '../dynamodb/client';
import { planSweep, type SegmentOutcome, Sweeper } from '../dynamodb/sweep';
import { sweepClient } from '../dynamodb/sweep-client';

/** What a person who fires the rule may set in the event's `detail`. */
interface CleanupDetail {
  /** Says what would go, and deletes nothing. */
  readonly dryRun?: boolean;
}

export interface CleanupPorts {
  /** @default - a client for sweeps, connected as the environment says */
  readonly client?: DynamoDBClient;
  readonly tableName: string;
  readonly policy: Policy;
  /** @default - as fast as the table takes it */
  readonly writeUnitsPerSecond?: number;
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
  readonly onFinish: (run: FinishedRun) => void;
}

export interface FinishedRun {
  readonly result: CleanupResult;
  readonly dryRun: boolean;
  readonly durationMs: number;
  /** Requests that the table throttled. */
  readonly throttles: number;
  /** When the longest overdue of the sessions that could not be deleted ended, epoch milliseconds. */
  readonly oldestLeft?: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What was done of a segment so far. */
interface Done {
  readonly result: CleanupResult;
  readonly throttles: number;
  readonly oldestLeft?: number;
}

/** What one checkpointed part did. */
interface Part extends SegmentOutcome, Done {
  /** Whether the invocation that did this part had no time left for another. */
  readonly handOver: boolean;
}

const NOTHING_DONE: Done = { result: NOTHING_CLEANED, throttles: 0 };

const addDone = (a: Done, b: Done): Done => ({
  result: addResults(a.result, b.result),
  throttles: a.throttles + b.throttles,
  oldestLeft: a.oldestLeft === undefined ? b.oldestLeft : Math.min(a.oldestLeft, b.oldestLeft ?? a.oldestLeft),
});

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
    const { tableName, policy, clock, marginMs, checkpointEveryMs, invocationMs } = ports;
    // Of this invocation only, and so never part of what is checkpointed.
    const invocationEnd = clock() + invocationMs;
    const passingFailures: unknown[] = [];
    let throttlesTold = 0;

    const plan = await context.step(
      'plan',
      () => planSweep(client, tableName, { asOf: clock() - marginMs, dryRun: event?.detail?.dryRun === true, policy }),
      { retryStrategy: waitForTheTable },
    );
    const sweeper = new Sweeper(client, plan, {
      writeUnitsPerSecond: ports.writeUnitsPerSecond,
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
      // The segments share one pacer: whichever ends a part tells of the throttles that nobody has told of yet.
      const throttles = sweeper.pacer.throttles - throttlesTold;
      throttlesTold += throttles;
      return { ...outcome, throttles, handOver: clock() >= invocationEnd };
    }

    async function sweepSegment(child: DurableContext, segment: number): Promise<Done> {
      let done = NOTHING_DONE;
      let cursor: Part['cursor'];
      do {
        const from = cursor;
        const part = await child.step(`segment ${segment}`, () => sweepPart(segment, from), {
          retryStrategy: waitForTheTable,
        });
        done = addDone(done, part);
        cursor = part.cursor;
        // With every segment waiting, this invocation ends and a fresh one goes on.
        if (cursor && part.handOver) await child.wait({ seconds: 1 });
      } while (cursor);
      return done;
    }

    const segments = Array.from({ length: plan.segments }, (_, segment) => segment);
    const swept = await context.map('segments', segments, sweepSegment, {
      // A segment that fails for good does not keep the others from being swept.
      completionConfig: { toleratedFailureCount: plan.segments },
    });
    const done = swept.getResults().reduce(addDone, NOTHING_DONE);
    // A step, so that a run that is taken up again after this is told once.
    await context.step('finish', async () => {
      const now = clock();
      ports.onFinish({ ...done, dryRun: plan.dryRun === true, durationMs: now - marginMs - plan.asOf, now });
    });
    swept.throwIfError();
    const { result } = done;
    if (result.errors > 0) throw new Error(`${result.errors} sessions that are over could not be deleted.`);
    return result;
  };
