import { randomUUID } from 'node:crypto';
import { createRetryStrategy, type DurableContext } from '@aws/durable-execution-sdk-js';
import type { EventBridgeEvent } from 'aws-lambda';
import type { Calls } from '../aws/calls';
import { type CleanupResult, NOTHING_CLEANED } from '../domain/cleanup';
import type { CleanupLog, RecordedRun } from '../domain/cleanup-log';
import { sweepClient } from '../dynamodb/sweep-client';
import { durableSweep, type SweepPorts, type Swept } from './durable-sweep';

/** What a person who fires the rule may set in the event's `detail`, and what a requested count has there. */
interface CleanupDetail {
  /** Says what would go, and deletes nothing. */
  readonly dryRun?: boolean;
  /** Which recorded request it is; both of these or neither. */
  readonly runId?: string;
  readonly requestedBy?: string;
}

export interface CleanupPorts extends SweepPorts {
  /** @default - a client for sweeps, connected as the environment says */
  readonly client?: Pick<Calls, 'call'>;
  readonly log: Pick<CleanupLog, 'record'>;
  /** A run has this long, in milliseconds. What has not ended by then is dead. */
  readonly longestMs: number;
  /** Told of the whole run, once; not where the table could not even be looked at. */
  readonly onFinish: (run: FinishedRun) => void;
  /** Told why a run failed, or was not recorded. */
  readonly onTrouble: (message: string, cause: unknown) => void;
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

/** Only an end that is recorded tells a run from a dead one. */
const forHalfAMinute = createRetryStrategy({ maxAttempts: 6, initialDelay: { seconds: 1 }, backoffRate: 2 });

/**
 * The cleanup as a durable execution, recorded when it begins and when it ends. What cannot be recorded is cleaned up
 * all the same.
 *
 * @returns the function that the durable execution engine runs. It throws, after all is swept, when sessions that
 * should be gone are not: the run has failed. A requested count never throws: its record says what went wrong, and
 * a count that failed is nothing to be retried or to wake somebody for.
 */
export const cleanupRun =
  ({ client = sweepClient(), ...ports }: CleanupPorts) =>
  async (
    event: EventBridgeEvent<string, CleanupDetail | undefined>,
    context: DurableContext,
  ): Promise<CleanupResult> => {
    const { clock, log, longestMs, onFinish, onTrouble } = ports;
    const detail = event?.detail;
    const dryRun = detail?.dryRun === true;
    const request = dryRun && detail.runId && detail.requestedBy ? detail : undefined;
    // Decided in a step of its own: a run that is taken up again records itself as the one that it is.
    const begun = await context.step('begin', async () => ({ execution: randomUUID(), startedAt: clock() }));
    const run: RecordedRun = {
      ...begun,
      id: request?.runId ?? begun.execution,
      requestedBy: request?.requestedBy,
      state: 'running',
      dryRun,
      deadline: begun.startedAt + longestMs,
    };
    // Whatever becomes of its record, the run goes on.
    const unrecorded = (error: unknown) => {
      onTrouble('The run was not recorded.', error);
      return true;
    };

    // An event may come twice; the second execution of a count leaves it to the first.
    if (!(await context.step('record', () => log.record(run).catch(unrecorded)))) return NOTHING_CLEANED;
    const swept = await durableSweep(context, client, dryRun, ports);
    const failure = failureOf(swept);
    // A step, so that a run that is taken up again after this is told once.
    const finishedAt = await context.step('finish', async () => {
      const now = clock();
      if (failure !== undefined) onTrouble(failure, swept.error);
      if (swept.done) onFinish({ ...swept.done, dryRun, durationMs: now - run.startedAt, now });
      return now;
    });
    const { result, throttles } = swept.done ?? {};
    const state = failure === undefined ? 'completed' : 'failed';
    const end: RecordedRun = { ...run, state, finishedAt, result, throttles, failure };
    await context.step('record end', () => log.record(end), { retryStrategy: forHalfAMinute }).catch(unrecorded);
    if (failure !== undefined && !request) throw swept.error ?? new Error(failure);
    return swept.done?.result ?? NOTHING_CLEANED;
  };

function failureOf({ done, error }: Swept): string | undefined {
  if (!done) return 'The sessions table could not be looked at.';
  if (error) return 'A part of the sessions table could not be swept.';
  const { errors } = done.result;
  if (errors === 0) return undefined;
  return errors === 1
    ? '1 session that is over could not be deleted.'
    : `${errors} sessions that are over could not be deleted.`;
}
