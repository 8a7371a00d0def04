import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchWriteItemCommandInput, BatchWriteItemCommandOutput, WriteRequest } from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import { isTransient } from '../aws/retry';
import type { Pacer } from './pacer';
import { Turns } from './turns';

const BATCH_SIZE = 25;
const FIRST_BACKOFF_MS = 25;
const LONGEST_BACKOFF_MS = 5_000;

export interface BatchDeleterOptions {
  readonly tableName: string;
  readonly pacer: Pacer;
  /** Batches under way at once. */
  readonly concurrency: number;
  /** How often a batch is sent before what is left of it counts as failed. */
  readonly attempts: number;
  /** Told of each session that could not be deleted, and why; of the first only where none may be. */
  readonly onFailure?: (sessionId: string, cause: unknown) => void;
}

/** What became of the sessions that one producer handed in. */
export interface Tally {
  deleted: number;
  failed: number;
  /** When the longest overdue of the failed ones ended, epoch milliseconds. */
  oldestFailed?: number;
}

/** One who hands in sessions; made by `open`, ended by `close`. */
export interface Producer {
  readonly tally: Tally;
  outstanding: number;
  whenSettled?: () => void;
}

/** A session to delete. */
export interface Ended {
  readonly sessionId: string;
  /** When it ended, epoch milliseconds; absent where no time says so. */
  readonly endedAt?: number;
}

interface Entry {
  readonly session: Ended;
  readonly producer: Producer;
}

/**
 * Deletes sessions in batches of 25, many under way at once. Several producers share one deleter and so fill each
 * other's batches: a batch goes out when it is full, or when no producer has anything more to add.
 */
export class BatchDeleter {
  private pending: Entry[] = [];
  private producing = 0;
  private readonly turns: Turns;
  /** Whether deleting is not allowed at all. Then nothing more is sent, and it is told once. */
  private denied = false;

  constructor(
    private readonly client: Pick<Calls, 'call'>,
    private readonly options: BatchDeleterOptions,
  ) {
    this.turns = new Turns(options.concurrency);
  }

  /** Says that a producer begins to hand in. */
  open(): Producer {
    this.producing++;
    return { tally: { deleted: 0, failed: 0 }, outstanding: 0 };
  }

  /** Takes sessions in; resolves when there is room for more, so that memory stays bounded. */
  async add(producer: Producer, sessions: readonly Ended[]): Promise<void> {
    for (const session of sessions) {
      producer.outstanding++;
      this.pending.push({ session, producer });
      if (this.pending.length < BATCH_SIZE) continue;
      const begun = this.send();
      if (begun) await begun;
    }
  }

  /** Says that a producer has no more; resolves when all that it handed in is deleted or has failed. */
  async close(producer: Producer): Promise<Tally> {
    this.producing--;
    if (this.producing === 0) void this.send();
    if (producer.outstanding > 0) await new Promise<void>((resolve) => (producer.whenSettled = resolve));
    return producer.tally;
  }

  /** Sends what is pending, now or in its turn: then a promise of that. */
  private send(): Promise<void> | undefined {
    const entries = this.pending;
    this.pending = [];
    if (entries.length === 0) return undefined;
    const turn = this.turns.take();
    void this.deleteInTurn(entries, turn);
    return turn;
  }

  private async deleteInTurn(entries: Entry[], turn: Promise<void> | undefined): Promise<void> {
    if (turn) await turn;
    await this.deleteBatch(entries).finally(() => this.turns.give());
  }

  private async deleteBatch(entries: Entry[]): Promise<void> {
    const { tableName, pacer, attempts } = this.options;
    let rest = entries;
    let cause: unknown = new Error('The table kept leaving it unprocessed.');
    for (let attempt = 0; attempt < attempts; attempt++) {
      // Full jitter: batches that were refused together do not come back together.
      if (attempt > 0) await sleep(Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt));
      await pacer.before(rest.length);
      if (this.denied) break;
      try {
        const input: BatchWriteItemCommandInput = {
          RequestItems: { [tableName]: rest.map(deleteRequest) },
          ReturnConsumedCapacity: 'TOTAL',
        };
        const reply = await this.client.call<BatchWriteItemCommandOutput>('BatchWriteItem', input);
        const unprocessed = reply.UnprocessedItems?.[tableName] ?? [];
        pacer.after(
          rest.length - unprocessed.length,
          reply.ConsumedCapacity?.[0]?.CapacityUnits,
          unprocessed.length > 0,
        );
        const left = new Set(unprocessed.map((request) => request.DeleteRequest?.Key?.sessionId?.S));
        for (const entry of rest) if (!left.has(entry.session.sessionId)) this.settle(entry, true);
        if (left.size === 0) return;
        rest = rest.filter((entry) => left.has(entry.session.sessionId));
      } catch (error) {
        cause = error;
        pacer.after(0, 0, isTransient(error));
        if (isTransient(error)) continue;
        // One bad item fails a whole batch: alone, each of the others goes through.
        if (rest.length > 1 && !isDenial(error)) {
          await Promise.all(rest.map((entry) => this.deleteBatch([entry])));
          return;
        }
        break;
      }
    }
    for (const entry of rest) {
      if (!this.denied) this.options.onFailure?.(entry.session.sessionId, cause);
      this.denied ||= isDenial(cause);
      this.settle(entry, false);
    }
  }

  private settle({ producer, session: { endedAt } }: Entry, deleted: boolean): void {
    const { tally } = producer;
    if (deleted) tally.deleted++;
    else tally.failed++;
    if (!deleted && endedAt !== undefined) tally.oldestFailed = Math.min(tally.oldestFailed ?? endedAt, endedAt);
    producer.outstanding--;
    if (producer.outstanding === 0) producer.whenSettled?.();
  }
}

const isDenial = (error: unknown) => error instanceof Error && error.name === 'AccessDeniedException';

const deleteRequest = ({ session: { sessionId } }: Entry): WriteRequest => ({
  DeleteRequest: { Key: { sessionId: { S: sessionId } } },
});
