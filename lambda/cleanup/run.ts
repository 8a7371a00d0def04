import { randomUUID } from 'node:crypto';
import { createRetryStrategy, type DurableContext } from '@aws/durable-execution-sdk-js';
import type { EventBridgeEvent } from 'aws-lambda';
import type { Calls } from '../aws/calls';
import type { Clock } from '../aws/retry';
import { CLOCK_MARGIN_MS, type Policy } from '../domain/session';
import { durableSweep } from './durable-sweep';
import { AWAY, nothingSwept, type SweepProgress } from './progress';
import { type CleanupResult, NOTHING_CLEANED, type RecordedRun } from './recorded-run';
import type { RunLog } from './run-log';
import { Sweeper } from './sweep';

/** What a person who fires the rule may set in the event's `detail`, and what a requested dry run has there. */
interface CleanupDetail {
  /** Deletes nothing, and says what would be deleted. */
  readonly dryRun?: boolean;
  /** Which recorded request it is; both of these or neither. */
  readonly runId?: string;
  readonly requestedBy?: string;
}

export interface CleanupDeps {
  readonly client: Pick<Calls, 'call'>;
  readonly log: Pick<RunLog, 'record'>;
  readonly clock: Clock;
  readonly onFailure: (sessionId: string, cause: unknown) => void;
  /** Called with the run when it has ended, once. */
  readonly onFinish: (run: EndedRun, progress: SweepProgress) => void;
  /** Called when the run failed, when a segment could not be read, or when the run was not recorded. */
  readonly onTrouble: (message: string, cause?: unknown) => void;
}

type EndedRun = RecordedRun & Required<Pick<RecordedRun, 'finishedAt' | 'result' | 'throttles'>>;

export interface CleanupOptions {
  readonly tableName: string;
  readonly policy: Policy;
  /** @default - as fast as the table takes them */
  readonly writeUnitsPerSecond?: number;
  /** Milliseconds that a run may take. A run that has not ended by then has crashed. */
  readonly longestMs: number;
}

/** For the record of a run's end: without it, the run looks as if it had crashed. */
const forHalfAMinute = createRetryStrategy({ maxAttempts: 6, initialDelay: { seconds: 1 }, backoffRate: 2 });

/**
 * The cleanup as a durable execution, recorded when it begins and when it ends. A run that cannot be recorded still
 * cleans up.
 *
 * @returns the function that the durable execution engine runs. It throws, after everything is swept, if sessions that
 * should have been deleted were not: the run has failed. A requested dry run never throws: its record says what went
 * wrong, and it is no reason to retry or to alarm.
 */
export const cleanupRun =
  ({ client, log, clock, onFailure, onFinish, onTrouble }: CleanupDeps, options: CleanupOptions) =>
  async (
    event: EventBridgeEvent<string, CleanupDetail | undefined>,
    context: DurableContext,
  ): Promise<CleanupResult> => {
    const { tableName, policy, writeUnitsPerSecond, longestMs } = options;
    const detail = event?.detail;
    const dryRun = detail?.dryRun === true;
    const request = dryRun && detail.runId && detail.requestedBy ? detail : undefined;
    // A step, so that a continued run keeps its id and its time.
    const begun = await context.step('begin', async () => ({ execution: randomUUID(), startedAt: clock.now() }));
    const run: RecordedRun = {
      ...begun,
      id: request?.runId ?? begun.execution,
      requestedBy: request?.requestedBy,
      state: 'running',
      dryRun,
      deadline: begun.startedAt + longestMs,
    };
    const unrecorded = (error: unknown) => {
      onTrouble('The run was not recorded.', error);
      return true;
    };

    // An event may come twice; the second execution of a dry run leaves it to the first.
    if (!(await context.step('record', () => log.record(run).catch(unrecorded)))) return NOTHING_CLEANED;
    const asOf = begun.startedAt - CLOCK_MARGIN_MS;
    const sweeper = new Sweeper(
      client,
      { tableName, asOf, dryRun, policy },
      {
        clock,
        writeUnitsPerSecond,
        onFailure,
        onUnreadable: (cause) => onTrouble('A segment could not be read.', cause),
      },
    );
    const progress = await durableSweep(context, sweeper, nothingSwept(), clock.now);
    const { result, why, throttles } = progress;
    const failure = failureOf(progress);
    const state = failure === undefined ? 'completed' : 'failed';
    const ended = { ...run, state, result, why, throttles, failure } as const;
    // A step, so that a run that continues after this does not report again.
    const finishedAt = await context.step('finish', async () => {
      const time = clock.now();
      if (failure !== undefined) onTrouble(failure);
      onFinish({ ...ended, finishedAt: time }, progress);
      return time;
    });
    const recorded = () => log.record({ ...ended, finishedAt });
    await context.step('record end', recorded, { retryStrategy: forHalfAMinute }).catch(unrecorded);
    if (failure !== undefined && !request) throw new Error(failure);
    return result;
  };

function failureOf({ failed, segments, cause, result: { errors } }: SweepProgress): string | undefined {
  const because = becauseOf(cause);
  if (failed.length === segments) return `The sessions table could not be read${because}.`;
  if (failed.length > 0) return `A part of the sessions table could not be read${because}.`;
  if (errors === 0) return undefined;
  return `${errors === 1 ? '1 ended session' : `${errors} ended sessions`} could not be deleted${because}.`;
}

/** What people can do something about. The log has the rest. */
function becauseOf(cause: string | undefined): string {
  if (cause === AWAY) return ': the table is too busy, or away';
  if (cause === 'AccessDeniedException') return ': the cleanup is not allowed to';
  return cause?.endsWith('Exception') ? `: DynamoDB answered ${cause}` : '';
}
