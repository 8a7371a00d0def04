import { isDeepStrictEqual } from 'node:util';
import { type Attributes, itemSize } from './value';

/**
 * DynamoDB's capacity units by its documented rules ("Read and write operations" and "Global secondary indexes" of
 * the developer guide). The items before and after a write decide. A write whose
 * condition failed changes nothing and costs the same.
 */

/** The parts of an index that decide what writing it costs. */
export interface Index {
  readonly keys: readonly string[];
  /** The attributes of an entry besides the index's keys; undefined for all of the item's. */
  readonly holds: readonly string[] | undefined;
}

/** A unit for each 4 KB that are read together, or half a unit if eventually consistent. Nothing counts as 4 KB. */
export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4_096)) * (consistent ? 1 : 0.5);

/** A unit for each KB of the item, before or after, whichever is larger, and the units of the indexes. */
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
