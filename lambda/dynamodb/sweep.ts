import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AttributeValue,
  DescribeTableCommandOutput,
  ScanCommandInput,
  ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import { isTransient } from '../aws/retry';
import { addResults, type CleanupResult, NOTHING_CLEANED } from '../domain/cleanup';
import type { End, Policy, StoredSession } from '../domain/session';
import { BatchDeleter, type Producer, type Tally } from './batch-deleter';
import { candidates, type Judgement, judge } from './judge';
import { Pacer } from './pacer';
import { Turns } from './turns';

/** What a sweep is to do. Plain data, so that it can be checkpointed. */
export interface SweepPlan {
  readonly tableName: string;
  /** Deletes what is over at this instant, epoch milliseconds. */
  readonly asOf: number;
  /** Segments that are scanned side by side. */
  readonly segments: number;
  /** Items in the table by its own, hours-old count; for showing progress. */
  readonly approximateItems: number;
  readonly dryRun?: boolean;
  /** A "what if"; the contract's rule when absent. */
  readonly policy?: Policy;
}

/** Where a segment's scan stands: the key after which it goes on. */
export type Cursor = Record<string, AttributeValue>;

/** A segment and where in it to begin: at its start without a cursor. */
export interface SegmentStart {
  readonly segment: number;
  readonly cursor?: Cursor;
}

export interface SegmentOutcome {
  readonly result: CleanupResult;
  /** Absent when the segment is done. */
  readonly cursor?: Cursor;
  /** When the longest overdue of the sessions that could not be deleted ended, epoch milliseconds. */
  readonly oldestLeft?: number;
}

/** What is left of a page when its sessions have been judged, and those that are over handed in. */
interface ReadPage {
  readonly counts: Judgement['counts'];
  readonly examined: number;
  readonly over: number;
  /** Resolves when there is room for more. */
  readonly handedIn: Promise<void>;
  /** Absent when it is the segment's last. */
  readonly cursor?: Cursor;
}

export interface SweeperOptions {
  /** Write units per second. @default - as fast as the table takes it */
  readonly writeUnitsPerSecond?: number;
  /** Batches of deletes under way at once. @default 32 */
  readonly concurrency?: number;
  /** How often a request is sent again before it counts as failed. @default 12: about half a minute */
  readonly attempts?: number;
  /** Told of each session that is over. */
  readonly onOver?: (session: StoredSession, end: End) => void;
  /** Told of each session that could not be deleted. */
  readonly onFailure?: (sessionId: string, cause: unknown) => void;
}

/** At 10 ms a batch that is twice over what a table's default quota of 40,000 write units per second takes. */
export const DEFAULT_CONCURRENCY = 32;
const DEFAULT_ATTEMPTS = 12;
/** A scan's page is at most this much of the table. */
const PAGE_BYTES = 1024 * 1024;
const PAGES_A_SEGMENT = 2;
/** Pages that are in memory at once, whatever the number of segments: being read, or waiting for their deletes. */
export const PAGES_AT_ONCE = 12;
const MOST_SEGMENTS = 64;

/** Looks at the table and decides how to sweep it: about two pages of a scan a segment, so that all of them end together. */
export async function planSweep(
  client: Pick<Calls, 'call'>,
  tableName: string,
  what: Pick<SweepPlan, 'asOf' | 'dryRun' | 'policy'>,
): Promise<SweepPlan> {
  const { Table } = await retrying(DEFAULT_ATTEMPTS, () =>
    client.call<DescribeTableCommandOutput>('DescribeTable', { TableName: tableName }),
  );
  const pages = (Table?.TableSizeBytes ?? 0) / PAGE_BYTES;
  return {
    ...what,
    tableName,
    segments: Math.min(MOST_SEGMENTS, Math.max(1, Math.ceil(pages / PAGES_A_SEGMENT))),
    approximateItems: Table?.ItemCount ?? 0,
  };
}

export const allSegments = ({ segments }: SweepPlan): SegmentStart[] =>
  Array.from({ length: segments }, (_, segment) => ({ segment }));

/** Sweeps segments of one table: scans, judges, deletes, with reads and deletes overlapping. */
export class Sweeper {
  readonly pacer: Pacer;
  private readonly deleter: BatchDeleter;
  private readonly pages = new Turns(PAGES_AT_ONCE);

  constructor(
    private readonly client: Pick<Calls, 'call'>,
    private readonly plan: SweepPlan,
    private readonly options: SweeperOptions = {},
  ) {
    this.pacer = new Pacer(options.writeUnitsPerSecond);
    this.deleter = new BatchDeleter(client, {
      tableName: plan.tableName,
      pacer: this.pacer,
      concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
      attempts: options.attempts ?? DEFAULT_ATTEMPTS,
      onFailure: options.onFailure,
    });
  }

  /**
   * Sweeps a segment from a cursor on.
   * @param mayGoOn asked before each further page; when it says no, the outcome has the cursor to go on from
   * @param onPage told of each page: items examined, and how many of them are over
   */
  async sweepSegment(
    segment: number,
    cursor: Cursor | undefined,
    mayGoOn: () => boolean = () => true,
    onPage: (examined: number, over: number) => void = () => undefined,
  ): Promise<SegmentOutcome> {
    const counts = { ...NOTHING_CLEANED };
    const producer = this.deleter.open();
    let tally: Tally | undefined;
    let next: Promise<ReadPage> | undefined = this.read(segment, cursor, producer);
    let reached: Cursor | undefined = cursor;
    try {
      while (next) {
        const page: ReadPage = await next;
        reached = page.cursor;
        // The next page is read while the sessions of this one are deleted.
        next = reached && mayGoOn() ? this.read(segment, reached, producer) : undefined;
        next?.catch(() => undefined);
        counts.totalSessions += page.examined;
        for (const [counted, number] of page.counts) counts[counted] += number;
        onPage(page.examined, page.over);
        await page.handedIn;
      }
    } finally {
      // Also when something failed: what was read is handed in, and what was handed in is deleted, before that is told.
      await next?.catch(() => undefined);
      tally = await this.deleter.close(producer);
    }
    const result = { ...counts, deletedSessions: tally.deleted, errors: tally.failed };
    return { result, cursor: reached, oldestLeft: tally.oldestFailed };
  }

  /**
   * Sweeps segments in this process, all of the table when none are named.
   * @param hooks as for a segment
   */
  async sweepAll(
    segments: readonly SegmentStart[] = allSegments(this.plan),
    { mayGoOn, onPage }: { mayGoOn?: () => boolean; onPage?: (examined: number, over: number) => void } = {},
  ): Promise<{ result: CleanupResult; rest: SegmentStart[] }> {
    const outcomes = await Promise.all(
      segments.map(({ segment, cursor }) => this.sweepSegment(segment, cursor, mayGoOn, onPage)),
    );
    return {
      result: outcomes.map(({ result }) => result).reduce(addResults, NOTHING_CLEANED),
      rest: segments.flatMap(({ segment }, index) => {
        const cursor = outcomes[index]?.cursor;
        return cursor ? [{ segment, cursor }] : [];
      }),
    };
  }

  /**
   * Reads a page in its turn, judges it at once and hands in what is over. Nobody but the deleter keeps the sessions: a
   * segment waits long for its next turn, and what it held on to meanwhile would grow old in memory.
   */
  private async read(segment: number, cursor: Cursor | undefined, producer: Producer): Promise<ReadPage> {
    const turn = this.pages.take();
    if (turn) await turn;
    let handedIn = Promise.resolve();
    try {
      const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await this.scan(segment, cursor);
      const { ended, counts } = judge(Items, this.plan, this.options.onOver);
      if (!this.plan.dryRun) handedIn = this.deleter.add(producer, ended);
      return { counts, examined: ScannedCount, over: ended.length, handedIn, cursor: LastEvaluatedKey };
    } finally {
      void handedIn.then(() => this.pages.give());
    }
  }

  private scan(segment: number, cursor: Cursor | undefined): Promise<ScanCommandOutput> {
    const input: ScanCommandInput = {
      TableName: this.plan.tableName,
      Segment: segment,
      TotalSegments: this.plan.segments,
      ExclusiveStartKey: cursor,
      ...candidates(this.plan),
    };
    return retrying(this.options.attempts ?? DEFAULT_ATTEMPTS, () => this.client.call('Scan', input));
  }
}

async function retrying<T>(attempts: number, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt >= attempts || !isTransient(error)) throw error;
      await sleep(Math.random() * Math.min(5_000, 25 * 2 ** attempt));
    }
  }
}
