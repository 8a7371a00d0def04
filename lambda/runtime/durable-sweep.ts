import { createRetryStrategy, type DurableContext } from '@aws/durable-execution-sdk-js';
import type { Calls } from '../aws/calls';
import { isTransient } from '../aws/retry';
import { addResults, type CleanupResult, NOTHING_CLEANED } from '../domain/cleanup';
import type { Policy } from '../domain/session';
import { planSweep, type SegmentOutcome, Sweeper } from '../dynamodb/sweep';

export interface SweepPorts {
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
}

/** What was done of a segment so far. */
interface Done {
  readonly result: CleanupResult;
  readonly throttles: number;
  /** When the longest overdue of the sessions that could not be deleted ended, epoch milliseconds. */
  readonly oldestLeft?: number;
}

/** What one checkpointed part did. */
interface Part extends SegmentOutcome, Done {
  /** Whether the invocation that did this part had no time left for another. */
  readonly handOver: boolean;
}

/** What a whole sweep did. */
export interface Swept {
  /** Absent where the table could not even be looked at. */
  readonly done?: Done;
  /** Why it was not, or why a segment was not swept to its end. */
  readonly error?: Error;
}

const NOTHING_DONE: Done = { result: NOTHING_CLEANED, throttles: 0 };

const addDone = (a: Done, b: Done): Done => ({
  result: addResults(a.result, b.result),
  throttles: a.throttles + b.throttles,
  oldestLeft: a.oldestLeft === undefined ? b.oldestLeft : Math.min(a.oldestLeft, b.oldestLeft ?? a.oldestLeft),
});

/** From seconds up to five minutes a time, well over an hour in all. */
const patiently = createRetryStrategy({
  maxAttempts: 25,
  initialDelay: { seconds: 5 },
  maxDelay: { minutes: 5 },
  backoffRate: 2,
});

/** A table that throttles, or is away, is waited for. What it refuses otherwise, it would refuse again. */
const waitForTheTable: typeof patiently = (error, attempts) =>
  isTransient(error) ? patiently(error, attempts) : { shouldRetry: false };

/**
 * Sweeps a table within a durable execution. Every segment's cursor and counts are checkpointed in bounded parts,
 * so that a run that crashed, timed out or was throttled goes on from there. A part that is done again finds gone
 * what it deleted before: that is not counted twice, nor, after a crash, at all.
 */
export async function durableSweep(
  context: DurableContext,
  client: Pick<Calls, 'call'>,
  dryRun: boolean,
  ports: SweepPorts,
): Promise<Swept> {
  const { tableName, policy, clock, marginMs, checkpointEveryMs, invocationMs } = ports;
  // Of this invocation only, and so never part of what is checkpointed.
  const invocationEnd = clock() + invocationMs;
  const passingFailures: unknown[] = [];
  let throttlesTold = 0;

  const plan = await context
    .step('plan', () => planSweep(client, tableName, { asOf: clock() - marginMs, dryRun, policy }), {
      retryStrategy: waitForTheTable,
    })
    .catch((error: unknown) => error as Error);
  if (plan instanceof Error) return { error: plan };
  const sweeper = new Sweeper(client, plan, {
    writeUnitsPerSecond: ports.writeUnitsPerSecond,
    onFailure: (sessionId, cause) => {
      if (isTransient(cause)) passingFailures.push(cause);
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
  return { done: swept.getResults().reduce(addDone, NOTHING_DONE), error: swept.getErrors()[0] };
}
