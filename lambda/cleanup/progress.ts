import type { End } from '../domain/session';
import { type CleanupResult, COUNTED_AS, NOTHING_CLEANED, type WhyEnded } from './recorded-run';

/** A segment of the table, and where its scan continues. */
export interface SegmentStart {
  readonly segment: number;
  /** The last session id that is done, in base64url so that its length in JSON is bounded; absent at the start. */
  readonly after?: string;
}

/** What a sweep has counted. */
interface SweepCounts {
  readonly result: CleanupResult;
  readonly why: WhyEnded;
  /** Which times could not be read, of sessions that are orphaned for that. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** When the longest overdue session that could not be deleted ended, epoch milliseconds. */
  readonly oldestLeft?: number;
}

/** How far a sweep has come: one checkpoint of all segments. Plain data, 180 KB with 64 keys of 2,048 bytes. */
export interface SweepProgress extends SweepCounts {
  readonly segments: number;
  /** Segments that are not swept to their end. */
  readonly rest: readonly SegmentStart[];
  /** Segments that could not be swept. */
  readonly failed: readonly SegmentStart[];
  /** Requests that the table throttled, in whole or in part. */
  readonly throttles: number;
  /** Why something was not read or not deleted: the name of an error, or `AWAY`. */
  readonly cause?: string;
}

/** The table was too busy, or could not be reached, until the sweep gave up. */
export const AWAY = 'away';

/**
 * Segments of a scan, whatever the table's size: DynamoDB reports that every six hours, and 0 for a new table. More
 * segments would cost a small table requests, fewer would keep a large one waiting for its last segments.
 */
const SEGMENTS = 32;

export const nothingSwept = (segments = SEGMENTS): SweepProgress => ({
  result: NOTHING_CLEANED,
  why: { expired: 0, idle: 0, inactive: 0, orphaned: 0 },
  unreadable: {},
  segments,
  rest: Array.from({ length: segments }, (_, segment) => ({ segment })),
  failed: [],
  throttles: 0,
});

type Counting<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Counting<T[Key]> : T[Key] };

/** A copy of a sweep's counts, to count on. */
export const countsOf = ({ result, why, unreadable, oldestLeft }: SweepCounts): Counting<SweepCounts> =>
  structuredClone({ result, why, unreadable, ...(oldestLeft !== undefined && { oldestLeft }) });

/** Counts a session that is over; without an outcome, a dry run would delete it. */
export function countEnded(counts: Counting<SweepCounts>, end: End, outcome?: 'deleted' | 'failed'): void {
  const { result, why, unreadable } = counts;
  why[end.reason]++;
  result[COUNTED_AS[end.reason]]++;
  if (outcome) result[outcome === 'deleted' ? 'deletedSessions' : 'errors']++;
  if (end.unreadable) unreadable[end.unreadable] = (unreadable[end.unreadable] ?? 0) + 1;
  if (outcome === 'failed' && end.at !== undefined) counts.oldestLeft = Math.min(counts.oldestLeft ?? end.at, end.at);
}
