import type { CleanupResult } from './cleanup';
import { isoTime } from './session';

/** A run of the cleanup, as it is recorded. Plain data; all times are epoch milliseconds. */
export interface RecordedRun {
  readonly id: string;
  /** Which execution does it; absent before one has begun. */
  readonly execution?: string;
  readonly state: 'requested' | 'running' | 'completed' | 'failed';
  readonly dryRun: boolean;
  /** The admin who asked for it; absent where the schedule began it. */
  readonly requestedBy?: string;
  readonly startedAt: number;
  /** What is still requested, or running, at this time never comes to its end. */
  readonly deadline: number;
  readonly finishedAt?: number;
  /** Absent where the table could not be looked at. */
  readonly result?: CleanupResult;
  /** Requests that the table throttled. */
  readonly throttles?: number;
  /** Why it failed: a sentence for people. */
  readonly failure?: string;
}

/** A count that an admin asked for. */
export type RequestedRun = RecordedRun & { readonly requestedBy: string };

/** Where runs are recorded. The methods throw as those of the session store do. */
export interface CleanupLog {
  /** The latest scheduled runs and the latest requested count, newest first. */
  latest(): Promise<RecordedRun[]>;

  /**
   * Records a requested count, unless another one is waited for or at work.
   * @returns the one that is: this or the other
   */
  request(run: RequestedRun, now: number): Promise<RecordedRun>;

  /**
   * Writes how a run stands; again, it changes nothing.
   * @returns false when it is a requested count that another execution has, or that is not asked for any more
   */
  record(run: RecordedRun): Promise<boolean>;
}

/** A requested count that has not begun by then never does: the rule gives its event up after half of that. */
const BEGINS_WITHIN_MS = 600_000;

/**
 * Asks for a dry run. While one is waited for or at work, a further request is answered with that one.
 * @param start tells the cleanup of it
 */
export async function requestCount(
  log: CleanupLog,
  start: (run: RecordedRun) => Promise<void>,
  { id, requestedBy, now }: { readonly id: string; readonly requestedBy: string; readonly now: number },
): Promise<RecordedRun> {
  const asked = { id, requestedBy, state: 'requested', dryRun: true, startedAt: now } as const;
  const run = await log.request({ ...asked, deadline: now + BEGINS_WITHIN_MS }, now);
  // Another's too: who asked for it may have failed just here. However often it is told of, a count begins once.
  if (run.state === 'requested') await start(run);
  return run;
}

export const isOpen = ({ state, deadline }: RecordedRun, now: number): boolean =>
  (state === 'requested' || state === 'running') && deadline > now;

/** A run as every answer shows it. Times are ISO 8601. */
export interface RunView {
  readonly id: string;
  /** `unfinished`: it died, or never began. */
  readonly state: 'running' | 'completed' | 'failed' | 'unfinished';
  readonly dryRun: boolean;
  readonly requestedBy?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly result?: CleanupResult;
  readonly throttles?: number;
  readonly failure?: string;
}

export function runView(run: RecordedRun, now: number): RunView {
  const { id, dryRun, requestedBy, startedAt, finishedAt, result, throttles, failure } = run;
  const state = run.state === 'completed' || run.state === 'failed' ? run.state : undefined;
  return {
    id,
    state: state ?? (isOpen(run, now) ? 'running' : 'unfinished'),
    dryRun,
    ...(requestedBy !== undefined && { requestedBy }),
    startedAt: isoTime(startedAt),
    ...(finishedAt !== undefined && { finishedAt: isoTime(finishedAt) }),
    ...(result && { result }),
    ...(throttles !== undefined && { throttles }),
    ...(failure !== undefined && { failure }),
  };
}
