import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { type Item, idOf } from './item-line';

export interface NumberedItem {
  readonly line: number;
  readonly item: Item;
}

/**
 * Puts items into the table, at most 25, no two with the same id.
 * @throws what the database answered; nothing is known to be stored then
 */
export type PutItems = (items: readonly Item[]) => Promise<void>;

const BATCH = 25;

/** Puts the items of a file into the table, in their order, and knows at each moment how far it is. */
export class Importer {
  private readonly stored = new Set<string>();
  /** By id: of lines with the same id the last one counts. */
  private batch = new Map<string, NumberedItem>();

  constructor(private readonly put: PutItems) {}

  /** Items in the table, however many lines they had. */
  get items(): number {
    return this.stored.size;
  }

  /**
   * @param mayGoOn asked before each batch
   * @param onLines told how many more lines are done
   * @returns whether all of it is in the table
   * @throws a problem for an item that the table refuses, and what the database answered otherwise
   */
  async run(
    items: AsyncIterable<NumberedItem>,
    mayGoOn: () => boolean = () => true,
    onLines: (more: number) => void = () => undefined,
  ): Promise<boolean> {
    let lines = 0;
    for await (const one of items) {
      const id = idOf(one.item);
      this.batch.delete(id);
      this.batch.set(id, one);
      lines++;
      if (this.batch.size < BATCH) continue;
      if (!mayGoOn()) return false;
      await this.store();
      onLines(lines);
      lines = 0;
    }
    if (!mayGoOn()) return false;
    await this.store();
    onLines(lines);
    return true;
  }

  private async store(): Promise<void> {
    const batch = [...this.batch.values()];
    this.batch = new Map();
    if (batch.length === 0) return;
    try {
      await this.putAll(batch);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // One wrong item makes the table refuse the whole batch. Put one by one, the wrong item is found, and those before it
      // are stored.
      for (const one of batch) {
        await this.putAll([one]).catch((reason) => {
          throw isRefusal(reason) ? refused(one, reason) : reason;
        });
      }
    }
  }

  private async putAll(batch: readonly NumberedItem[]): Promise<void> {
    await this.put(batch.map(({ item }) => item));
    for (const { item } of batch) this.stored.add(idOf(item));
  }
}

const isRefusal = (error: unknown): error is Error => error instanceof Error && error.name === 'ValidationException';

const refused = ({ line, item }: NumberedItem, { message }: Error) =>
  new Problem(`The table refused line ${line} (sessionId ${printable(idOf(item))}): ${printable(message)}`);
