import { hash } from 'node:crypto';
import { type Index, writeUnits } from './units';
import { type Attributes, itemSize } from './value';

const PAGE_BYTES = 1024 * 1024;
const HASH_BITS = 52;

const USER_INDEX: Index = { keys: ['userId', 'createdAt'], holds: ['sessionId'] };

/** An item, and whether its session is live. A live one must never be deleted. */
export interface Seed {
  readonly attributes: Attributes;
  readonly live: boolean;
}

interface Row extends Seed {
  readonly hash: number;
  readonly size: number;
  /** Write units that deleting it takes: the item's, and its index entry's. */
  readonly deleteUnits: number;
  present: boolean;
}

/** The part of the table that a scan reads. */
export interface ScanRange {
  readonly segment: number;
  readonly totalSegments: number;
  /** The key after which it continues. Its item may have been deleted. */
  readonly after?: string;
  /** Items to examine at most. */
  readonly limit?: number;
}

export interface TableCounts {
  readonly items: number;
  /** The items whose session is over. */
  readonly over: number;
  /** Live sessions that were deleted. */
  readonly liveDeleted: number;
}

/**
 * A table with the key `sessionId` and the keys-only index `UserIndex`. Items lie in the order of their key's hash;
 * segments are equal parts of the hash's range, and so, like DynamoDB's, not quite equal in items. Deleted rows stay
 * in place, so a scan can continue after a deleted key, and `restore` costs nothing.
 */
export class ModelTable {
  private rows: Row[] = [];

  load(seeds: Iterable<Seed>): void {
    this.rows = Array.from(seeds, rowOf).sort((a, b) => a.hash - b.hash);
  }

  /** Restores everything that was loaded. */
  restore(): void {
    for (const row of this.rows) row.present = true;
  }

  /** The write units of a delete. Deleting an item that does not exist takes one. */
  deleteUnits(sessionId: string): number {
    const row = this.find(sessionId);
    return row?.present ? row.deleteUnits : 1;
  }

  delete(sessionId: string): void {
    const row = this.find(sessionId);
    if (row) row.present = false;
  }

  /**
   * A page of items in the table's order, before any filter. It ends with the item that reaches 1 MB or the limit, and
   * names that item's key. As in DynamoDB, the last page of a segment may be empty, and names no key.
   */
  scan({ segment, totalSegments, after, limit = Number.POSITIVE_INFINITY }: ScanRange) {
    const range = 2 ** HASH_BITS / totalSegments;
    let at = after === undefined ? this.firstFrom(segment * range) : this.firstFrom(hashOf(after) + 1);
    const end = this.firstFrom((segment + 1) * range);
    const examined: Attributes[] = [];
    let bytes = 0;
    for (; at < end; at++) {
      const row = this.rows[at];
      if (!row?.present) continue;
      examined.push(row.attributes);
      bytes += row.size;
      if (bytes >= PAGE_BYTES || examined.length >= limit) {
        return { examined, bytes, lastKey: String(row.attributes.sessionId) };
      }
    }
    return { examined, bytes, lastKey: undefined };
  }

  count(): TableCounts {
    const count = (counts: (row: Row) => boolean) => this.rows.filter(counts).length;
    return {
      items: count(({ present }) => present),
      over: count(({ present, live }) => present && !live),
      liveDeleted: count(({ present, live }) => !present && live),
    };
  }

  private find(sessionId: string): Row | undefined {
    const row = this.rows[this.firstFrom(hashOf(sessionId))];
    return row?.attributes.sessionId === sessionId ? row : undefined;
  }

  /** The first place whose hash is at least this. */
  private firstFrom(hash: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.rows[middle] as Row).hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function rowOf({ attributes, live }: Seed): Row {
  const size = itemSize(attributes);
  const deleteUnits = writeUnits(attributes, undefined, [USER_INDEX]);
  return { attributes, live, size, deleteUnits, hash: hashOf(String(attributes.sessionId)), present: true };
}

/** 52 bits that depend on all of the key. */
const hashOf = (key: string): number => Number.parseInt(hash('md5', key).slice(0, HASH_BITS / 4), 16);
