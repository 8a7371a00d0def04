import { type EndReason, isoTime } from '../domain/session';

/** What a cleanup did. Each session counts once: expired + inactive + orphaned = deleted + errors; in a dry run, deleted is 0. */
export interface CleanupResult {
  /** Examined. */
  readonly totalSessions: number;
  /** Past their `expiresAt`, or idle. */
  readonly expiredSessions: number;
  readonly inactiveSessions: number;
  readonly orphanedSessions: number;
  /** Actually deleted. */
  readonly deletedSessions: number;
  /** Sessions that should have been deleted but were not. */
  readonly errors: number;
}

/** How many sessions ended for each reason. Unlike the result, it tells idle sessions from expired ones. */
export type WhyEnded = Readonly<Record<EndReason, number>>;

export const NOTHING_CLEANED: CleanupResult = {
  totalSessions: 0,
  expiredSessions: 0,
  inactiveSessions: 0,
  orphanedSessions: 0,
  deletedSessions: 0,
  errors: 0,
};

/** Which number of the result a reason counts towards. */
export const COUNTED_AS = {
  expired: 'expiredSessions',
  idle: 'expiredSessions',
  inactive: 'inactiveSessions',
  orphaned: 'orphanedSessions',
} as const satisfies Record<EndReason, keyof CleanupResult>;

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

export const isOpen = ({ state, deadline }: RecordedRun, now: number): boolean =>
  (state === 'requested' || state === 'running') && deadline > now;

type Shown = 'id' | 'dryRun' | 'requestedBy' | 'result' | 'why' | 'throttles' | 'failure';

/** A run in an answer. */
export interface RunView extends Pick<RecordedRun, Shown> {
  /** `unfinished`: it crashed, or never began. */
  readonly state: 'running' | 'completed' | 'failed' | 'unfinished';
  /** ISO 8601 UTC, like the next one. */
  readonly startedAt: string;
  readonly finishedAt?: string;
}

export function runView(run: RecordedRun, now: number): RunView {
  const { id, dryRun, requestedBy, startedAt, finishedAt, result, why, throttles, failure } = run;
  const ended = run.state === 'completed' || run.state === 'failed' ? run.state : undefined;
  return {
    id,
    state: ended ?? (isOpen(run, now) ? 'running' : 'unfinished'),
    dryRun,
    requestedBy,
    startedAt: isoTime(startedAt),
    finishedAt: finishedAt === undefined ? undefined : isoTime(finishedAt),
    result,
    why,
    throttles,
    failure,
  };
}
