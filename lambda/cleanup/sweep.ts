import type { AttributeValue, ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import type { ConnectionOptions } from '../aws/connection';
import { type Clock, isTransient, retrying } from '../aws/retry';
import { databaseCalls } from '../dynamodb/client';
import { ATTEMPTS, BACKOFF, BatchDeleter, type BatchDeleterOptions } from './batch-deleter';
import { type EndedSession, evaluatePage, type SweepCriteria, scanFilter } from './evaluate-page';
import { countEnded, countsOf, type SegmentStart, type SweepProgress } from './progress';
import { AdaptiveRateLimiter } from './rate-limiter';
import { Semaphore } from './semaphore';

/** What a sweep has to do. Plain data. */
export interface SweepPlan extends SweepCriteria {
  readonly tableName: string;
  /** Deletes nothing, and says what would be deleted. */
  readonly dryRun?: boolean;
}

/** Which sessions a sweep is about. */
export interface Selection {
  /** What to ask the table for. */
  readonly scan: Partial<ScanCommandInput>;
  /**
   * Selects from the items of a page those to delete. It may end them first; a page's memory is held until then.
   * @param limiter of the sweep's writes
   */
  readonly select: (
    items: readonly Record<string, AttributeValue>[],
    limiter: AdaptiveRateLimiter,
  ) => EndedSession[] | Promise<EndedSession[]>;
}

export interface SweeperOptions extends Pick<BatchDeleterOptions, 'onFailure'> {
  /** Write units per second. @default - as fast as the table takes them */
  readonly writeUnitsPerSecond?: number;
  readonly clock: Clock;
  /** Called for each segment that could not be read. */
  readonly onUnreadable?: (cause: unknown) => void;
  /** @default - the sessions that are over */
  readonly selection?: Selection;
  /** Called for each page: sessions examined, and how many of them are selected. */
  readonly onPage?: (examined: number, selected: number) => void;
}

/** A client for sweeps: many connections, and time for a full page. The sweep itself tries again. */
export const sweepClient = (options: ConnectionOptions, clock: Clock): Calls =>
  databaseCalls(options, clock, { attempts: 1, attemptMs: 20_000, sockets: 256 });

/** Pages read at once. This bounds the memory. */
export const CONCURRENT_PAGES = 12;

const nameOf = (error: unknown) => (error as Partial<Error> | undefined)?.name;

/** Sweeps a table, part by part. */
export class Sweeper {
  private readonly limiter: AdaptiveRateLimiter;
  private readonly selection: Selection;

  constructor(
    private readonly client: Pick<Calls, 'call'>,
    private readonly plan: SweepPlan,
    private readonly options: SweeperOptions,
  ) {
    this.limiter = new AdaptiveRateLimiter(options.writeUnitsPerSecond ?? Number.POSITIVE_INFINITY, options.clock);
    this.selection = options.selection ?? {
      scan: scanFilter(plan),
      select: (items) => evaluatePage(items, plan),
    };
  }

  /**
   * Continues a sweep until all is swept, or until it may not go on. Nothing is in flight when it returns. A page that
   * was not finished is read again by the next part: until then, only what was deleted of it counts.
   * @param mayGoOn asked before each request; after a no, nothing more is sent
   * @param attempts how often a request is sent while the table is away, before it has failed
   */
  async sweepPart(from: SweepProgress, mayGoOn = () => true, attempts = ATTEMPTS): Promise<SweepProgress> {
    const { client, plan, limiter, options } = this;
    const { clock } = options;
    // What a selection has ended is deleted in any case, so that it is announced.
    const mayDelete = options.selection ? () => true : mayGoOn;
    let { cause } = from;
    const onFailure: SweeperOptions['onFailure'] = (sessionId, error) => {
      cause ??= nameOf(error);
      options.onFailure?.(sessionId, error);
    };
    const deletes = { ...plan, ...options, limiter, attempts, mayGoOn: mayDelete, onFailure };
    const deleter = new BatchDeleter(client, deletes, from.rest.length);
    const pages = new Semaphore(CONCURRENT_PAGES);
    const rest: SegmentStart[] = [];
    const failed = [...from.failed];
    const counts = countsOf(from);
    const throttled = limiter.throttles - from.throttles;
    const retries = {
      again: (error: unknown, attempt: number) => attempt < attempts && isTransient(error),
      clock: { ...clock, sleep: async (milliseconds: number) => mayGoOn() && clock.sleep(milliseconds) },
      ...BACKOFF,
    };

    const sweepSegment = async (start: SegmentStart): Promise<void> => {
      let at = start;
      try {
        while (true) {
          await pages.acquire();
          // Asked only now whether it may go on: a segment may wait long for its turn.
          const reading = retrying(async () => (mayGoOn() ? this.read(at, from.segments) : undefined), retries);
          const page = await reading.catch((error) => {
            pages.release();
            throw error;
          });
          if (!page || plan.dryRun) pages.release();
          if (!page) return void rest.push(at);
          const { examined, ended, next } = page;
          if (!plan.dryRun) await deleter.delete(ended, () => pages.release());
          const isDone = plan.dryRun || ended.every(({ outcome }) => outcome);
          const counted = isDone ? ended : ended.filter(({ outcome }) => outcome === 'deleted');
          for (const { end, outcome } of counted) countEnded(counts, end, outcome);
          counts.result.totalSessions += isDone ? examined : counted.length;
          if (!isDone) return void rest.push(at);
          if (!next) return;
          at = next;
        }
      } catch (error) {
        cause = nameOf(error);
        options.onUnreadable?.(error);
        failed.push(at);
      } finally {
        deleter.close();
      }
    };
    await Promise.all(from.rest.map(sweepSegment));
    return { ...counts, segments: from.segments, rest, failed, throttles: limiter.throttles - throttled, cause };
  }

  private async read({ segment, after }: SegmentStart, segments: number) {
    const input: ScanCommandInput = {
      TableName: this.plan.tableName,
      Segment: segment,
      TotalSegments: segments,
      ExclusiveStartKey:
        after === undefined ? undefined : { sessionId: { S: Buffer.from(after, 'base64url').toString() } },
      ...this.selection.scan,
    };
    const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await this.client.call<ScanCommandOutput>('Scan', input);
    const ended = await this.selection.select(Items, this.limiter);
    this.options.onPage?.(ScannedCount, ended.length);
    const last = LastEvaluatedKey?.sessionId?.S;
    const next = last === undefined ? undefined : { segment, after: Buffer.from(last).toString('base64url') };
    return { examined: ScannedCount, ended, next };
  }
}
