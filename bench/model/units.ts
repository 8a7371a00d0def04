import { isDeepStrictEqual } from 'node:util';
import { type Attributes, itemSize } from './value';

/**
 * DynamoDB's capacity units by its documented rules ("Read and write operations" and "Global secondary indexes" of
 * the developer guide). What is there before a write and after it decides: a condition that failed leaves things as
 * they were, and is paid all the same.
 */

/** An index, as far as writing it goes. */
export interface Index {
  readonly keys: readonly string[];
  /** What else an entry holds besides its keys and the table's; undefined for everything. */
  readonly holds: readonly string[] | undefined;
}

/** A unit for each 4 KB that are read together, half of it where an older state will do; of nothing, as of 4 KB. */
export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4_096)) * (consistent ? 1 : 0.5);

/** A unit for each KB of the item, as it was or as it is, whichever is larger, and those of the indexes. */
export function writeUnits(
  before: Attributes | undefined,
  after: Attributes | undefined,
  indexes: readonly Index[],
): number {
  const own = Math.max(kilobytes(before), kilobytes(after));
  return indexes.reduce(
    (units, index) => units + indexUnits(entryOf(before, index), entryOf(after, index), index),
    own,
  );
}

function indexUnits(before: Attributes | undefined, after: Attributes | undefined, { keys }: Index): number {
  if (isDeepStrictEqual(before, after)) return 0;
  const added = after ? kilobytes(after) : 0;
  const removed = before ? kilobytes(before) : 0;
  // An entry whose keys change is removed and added.
  return keys.every((key) => before?.[key] === after?.[key]) ? Math.max(added, removed) : added + removed;
}

/** An item is in an index only when it has all of the index's keys, as text. */
function entryOf(item: Attributes | undefined, { keys, holds }: Index): Attributes | undefined {
  if (!item || keys.some((key) => typeof item[key] !== 'string')) return undefined;
  return holds ? Object.fromEntries([...keys, ...holds].map((name) => [name, item[name]])) : item;
}

const kilobytes = (item: Attributes | undefined): number => Math.max(1, Math.ceil(itemSize(item ?? {}) / 1_024));
