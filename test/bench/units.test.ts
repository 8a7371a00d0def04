import { type Index, readUnits, writeUnits } from '../../bench/model/units';
import type { Attributes } from '../../bench/model/value';
import { indexesOf } from './meter';

const KB = 1_024;
const KEYS_ONLY: Index = { keys: ['userId', 'createdAt'], holds: ['sessionId'] };
const ALL: Index = { ...KEYS_ONLY, holds: undefined };

const item = { sessionId: 's', userId: 'u', createdAt: '2026-11-23', lastActivity: 'a', filler: '' };
const later = { ...item, lastActivity: 'b' };
const moved = { ...item, createdAt: '2026-11-24' };
const large = { ...item, filler: 'x'.repeat(KB) };
const { createdAt: _, ...unindexed } = item;

describe('a write takes units for', () => {
  it.each<[string, Attributes | undefined, Attributes | undefined, readonly Index[], number]>([
    ['an item, by KB', undefined, item, [], 1],
    ['an item of over a KB', undefined, large, [], 2],
    ['the larger of what was and what is, when it shrinks', large, item, [], 2],
    ['a new index entry', undefined, item, [KEYS_ONLY], 2],
    ['an index entry that goes', item, undefined, [KEYS_ONLY], 2],
    ['an index of everything, by the item’s KB', undefined, large, [ALL], 4],
    ['no index entry of an item that lacks the index’s key', undefined, unindexed, [KEYS_ONLY, ALL], 1],
    ['no index that does not hold what changes', item, later, [KEYS_ONLY], 1],
    ['an index that holds what changes', item, later, [ALL], 2],
    ['an index entry that moves, twice', item, moved, [KEYS_ONLY], 3],
    ['what stays as it is, because a condition failed', large, large, [KEYS_ONLY, ALL], 2],
    ['what is not there', undefined, undefined, [KEYS_ONLY], 1],
  ])('%s', (_, before, after, indexes, units) => {
    expect(writeUnits(before, after, indexes)).toBe(units);
  });
});

describe('a read takes', () => {
  it.each([
    ['a unit for 4 KB', 4 * KB, true, 1],
    ['another for a byte more', 4 * KB + 1, true, 2],
    ['half of that where an older state will do', 4 * KB + 1, false, 1],
    ['as much for nothing as for 4 KB', 0, true, 1],
  ])('%s', (_, bytes, consistent, units) => {
    expect(readUnits(bytes, consistent)).toBe(units);
  });
});

it('a table’s description says what its indexes hold', () => {
  const keys = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const }));
  const index = (ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE', NonKeyAttributes?: string[]) => ({
    KeySchema: keys('userId', 'createdAt'),
    Projection: { ProjectionType, NonKeyAttributes },
  });
  const GlobalSecondaryIndexes = [index('KEYS_ONLY'), index('ALL'), index('INCLUDE', ['lastActivity'])];
  const found = indexesOf({ KeySchema: keys('sessionId'), GlobalSecondaryIndexes });
  expect(found).toEqual([KEYS_ONLY, ALL, { ...KEYS_ONLY, holds: ['sessionId', 'lastActivity'] }]);
});
