import type { CleanupResult, WhyEnded } from './cleanup';
import { isoTime } from './session';

/** A run of the cleanup, as it is recorded. Plain data; all times are epoch milliseconds. */
export interface RecordedRun {
  readonly id: string;
  /** Which execution does it; absent before one has begun. */
  readonly execution?: string;
  readonly state: 'requested' | 'running' | 'completed' | 'failed';
  readonly dryRun: boolean;
  /** The admin who asked for it; absent if the schedule began it. */
  readonly requestedBy?: string;
  readonly startedAt: number;
  /** A run that is still requested or running at this time has crashed, or will never begin. */
  readonly deadline: number;
  readonly finishedAt?: number;
  /** Absent before its end. */
  readonly result?: CleanupResult;
  /** The reasons behind the result; absent before its end, and in records from before reasons were kept. */
  readonly why?: WhyEnded;
  /** Requests that the table throttled. */
  readonly throttles?: number;
  /** Why it failed, in a sentence for people. */
  readonly failure?: string;
}

/** A dry run that an admin asked for. */
export type RequestedRun = RecordedRun & { readonly requestedBy: string };

/** Where runs are recorded. Its methods throw as those of the session store do. */
export interface CleanupLog {
  /** The latest scheduled runs and the latest requested dry run, newest first. */
  latest(): Promise<RecordedRun[]>;

  /**
   * Records a requested dry run, unless another one is requested or running.
   * @returns the one that is recorded: this one or the other
   */
  request(run: RequestedRun, now: number): Promise<RecordedRun>;

  /**
   * Writes a run's state. Repeating it changes nothing.
   * @returns false for a requested dry run that another execution does, or that is no longer the requested one
   */
  record(run: RecordedRun): Promise<boolean>;
}

/** A requested dry run that has not begun by then never will: the rule gives its event up after half of that. */
const BEGINS_WITHIN_MS = 600_000;

/**
 * Asks for a dry run. While one is requested or running, a further request gets that one.
 * @param start sends it to the cleanup
 */
export async function requestDryRun(
  log: CleanupLog,
  start: (run: RecordedRun) => Promise<void>,
  { id, requestedBy, now }: { readonly id: string; readonly requestedBy: string; readonly now: number },
): Promise<RecordedRun> {
  const asked = { id, requestedBy, state: 'requested', dryRun: true, startedAt: now } as const;
  const run = await log.request({ ...asked, deadline: now + BEGINS_WITHIN_MS }, now);
  // Another admin's too: their request may have failed just here. However often it is sent, a dry run begins once.
  if (run.state === 'requested') await start(run);
  return run;
}

export const isOpen = ({ state, deadline }: RecordedRun, now: number): boolean =>
  (state === 'requested' || state === 'running') && deadline > now;

/** A run as every answer shows it. Times are ISO 8601. */
export interface RunView {
  readonly id: string;
  /** `unfinished`: it crashed, or never began. */
  readonly state: 'running' | 'completed' | 'failed' | 'unfinished';
  readonly dryRun: boolean;
  readonly requestedBy?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly result?: CleanupResult;
  readonly why?: WhyEnded;
  readonly throttles?: number;
  readonly failure?: string;
}

export function runView(run: RecordedRun, now: number): RunView {
  const { id, dryRun, requestedBy, startedAt, finishedAt, result, why, throttles, failure } = run;
  const state = run.state === 'completed' || run.state === 'failed' ? run.state : undefined;
  return {
    id,
    state: state ?? (isOpen(run, now) ? 'running' : 'unfinished'),
    dryRun,
    ...(requestedBy !== undefined && { requestedBy }),
    startedAt: isoTime(startedAt),
    ...(finishedAt !== undefined && { finishedAt: isoTime(finishedAt) }),
    ...(result && { result }),
    ...(why && { why }),
    ...(throttles !== undefined && { throttles }),
    ...(failure !== undefined && { failure }),
  };
}
