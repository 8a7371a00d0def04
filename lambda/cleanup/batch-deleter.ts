import type { BatchWriteItemCommandInput, BatchWriteItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import { backoff, type Clock, isDenial, isTransient } from '../aws/retry';
import type { EndedSession } from './evaluate-page';
import type { AdaptiveRateLimiter } from './rate-limiter';
import { Semaphore } from './semaphore';

const BATCH_SIZE = 25;
/** At 10 ms each, twice what a table's default write quota takes. */
export const CONCURRENT_BATCHES = 32;
export const BACKOFF = { base: 25, cap: 5_000 };
/** How often a request is sent: about half a minute. */
export const ATTEMPTS = 12;

export interface BatchDeleterOptions {
  readonly tableName: string;
  readonly limiter: AdaptiveRateLimiter;
  readonly clock: Clock;
  /** This and the next one: see `Sweeper.sweepPart`. */
  readonly attempts: number;
  readonly mayGoOn: () => boolean;
  /** Called for each session that could not be deleted; only for the first one if deleting is denied. */
  readonly onFailure?: (sessionId: string, cause: unknown) => void;
}

interface Entry {
  readonly session: EndedSession;
  readonly page: { outstanding: number; whenSettled?: () => void };
}

/**
 * Deletes sessions in batches of 25, many at once. The segments of a sweep share one deleter and fill each other's
 * batches: a batch is sent when it is full, or when all segments wait for their deletes.
 */
export class BatchDeleter {
  private pending: Entry[] = [];
  private readonly slots = new Semaphore(CONCURRENT_BATCHES);
  /** Whether deleting is not allowed at all. Then nothing more is sent. */
  private denied = false;

  constructor(
    private readonly client: Pick<Calls, 'call'>,
    private readonly options: BatchDeleterOptions,
    /** Segments that may add to the batches. */
    private reading: number,
  ) {}

  /** Ends a segment: it adds nothing more. */
  close(): void {
    if (--this.reading === 0) void this.sendPending();
  }

  /**
   * Deletes a page's sessions, and sets their outcomes. Nothing of them is in flight when it resolves.
   * @param onSent called when there is room for another page, so that memory stays bounded
   */
  async delete(sessions: readonly EndedSession[], onSent: () => void): Promise<void> {
    if (sessions.length === 0) return onSent();
    const page: Entry['page'] = { outstanding: sessions.length };
    const settled = new Promise<void>((resolve) => {
      page.whenSettled = resolve;
    });
    for (const session of sessions) {
      this.pending.push({ session, page });
      if (this.pending.length === BATCH_SIZE) await this.sendPending();
    }
    onSent();
    this.close();
    await settled;
    this.reading++;
  }

  private async sendPending(): Promise<void> {
    const batch = this.pending;
    this.pending = [];
    await this.slots.acquire();
    void this.deleteBatch(batch).finally(() => this.slots.release());
  }

  private async deleteBatch(batch: readonly Entry[]): Promise<void> {
    const { limiter, clock, attempts, mayGoOn, onFailure } = this.options;
    let rest = batch;
    let cause: unknown;
    // The longer patience is for a table that is away. One that answers and keeps leaving an item has refused it.
    const most = () => (isTransient(cause) ? attempts : Math.min(attempts, ATTEMPTS));
    for (let attempt = 0; attempt < most() && rest.length > 0; attempt++) {
      if (attempt > 0 && mayGoOn()) await clock.sleep(backoff(attempt, BACKOFF));
      const granted = await limiter.acquire(rest.length, mayGoOn);
      if (this.denied) break;
      if (!granted) return rest.forEach((entry) => void settle(entry));
      try {
        const left = await this.send(rest);
        if (left.length < rest.length) attempt = 0;
        rest = left;
        cause = new Error('The table left it unprocessed in every attempt.');
      } catch (error) {
        cause = error;
        limiter.report(rest.length, 0, 0, isTransient(error));
        if (isTransient(error)) continue;
        if (rest.length === 1 || isDenial(error)) break;
        // One bad item fails a whole batch: on its own, each of the others can be deleted.
        await Promise.all(rest.map((entry) => this.deleteBatch([entry])));
        return;
      }
    }
    for (const entry of rest) {
      if (!this.denied) onFailure?.(entry.session.sessionId, cause);
      this.denied ||= isDenial(cause);
      settle(entry, 'failed');
    }
  }

  /** @returns what the table left unprocessed */
  private async send(batch: readonly Entry[]): Promise<readonly Entry[]> {
    const { tableName, limiter } = this.options;
    const input: BatchWriteItemCommandInput = {
      RequestItems: {
        [tableName]: batch.map(({ session }) => ({ DeleteRequest: { Key: { sessionId: { S: session.sessionId } } } })),
      },
      ReturnConsumedCapacity: 'TOTAL',
    };
    const reply = await this.client.call<BatchWriteItemCommandOutput>('BatchWriteItem', input);
    const requests = reply.UnprocessedItems?.[tableName] ?? [];
    const unprocessed = new Set(requests.map(({ DeleteRequest }) => DeleteRequest?.Key?.sessionId?.S));
    const left = batch.filter(({ session }) => unprocessed.has(session.sessionId));
    const units = reply.ConsumedCapacity?.[0]?.CapacityUnits;
    limiter.report(batch.length, batch.length - left.length, units, left.length > 0);
    for (const entry of batch) if (!unprocessed.has(entry.session.sessionId)) settle(entry, 'deleted');
    return left;
  }
}

function settle({ session, page }: Entry, outcome?: EndedSession['outcome']): void {
  session.outcome = outcome;
  if (--page.outstanding === 0) page.whenSettled?.();
}
