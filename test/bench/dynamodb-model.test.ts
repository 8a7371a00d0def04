import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandInput,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { TABLE_NAME } from '../../bench/dynamodb-model';
import { sessions } from '../../bench/model/sessions';
import type { Seed } from '../../bench/model/table';
import { type Attributes, itemSize } from '../../bench/model/value';
import { systemClock } from '../../lambda/aws/retry';
import { nothingSwept } from '../../lambda/cleanup/progress';
import { Sweeper } from '../../lambda/cleanup/sweep';
import { DEFAULT_POLICY, endOf, type StoredSession } from '../../lambda/domain/session';
import { modelOf } from '../support/model';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const KB = 1_024;

const seed = (attributes: Attributes): Seed => ({ attributes, live: false });

/** An item of exactly so many bytes, in the index unless it lacks one of the index's keys. */
function itemOf(sessionId: string, bytes: number, keys: Attributes = { userId: 'u', createdAt: '2026' }): Seed {
  const item = { sessionId, ...keys, filler: '' };
  return seed({ ...item, filler: 'x'.repeat(bytes - itemSize(item)) });
}

const deleting = (ids: readonly string[]) => ({
  RequestItems: { [TABLE_NAME]: ids.map((id) => ({ DeleteRequest: { Key: { sessionId: { S: id } } } })) },
  ReturnConsumedCapacity: 'TOTAL' as const,
});

async function scanAll(client: DynamoDBClient, input: Partial<ScanCommandInput> = {}): Promise<ScanCommandOutput[]> {
  const pages: ScanCommandOutput[] = [];
  let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page = await client.send(new ScanCommand({ TableName: TABLE_NAME, ...input, ExclusiveStartKey }));
    pages.push(page);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return pages;
}

const idsOf = (pages: readonly ScanCommandOutput[]) =>
  pages.flatMap(({ Items = [] }) => Items.map(({ sessionId }) => sessionId?.S ?? ''));

describe('an item’s size', () => {
  test.each([
    ['text, in UTF-8 bytes of name and value', { näme: 'São' }, 5 + 4],
    ['a number, a byte for two digits and one more', { n: 1_764_000_001 }, 1 + 5 + 1],
    ['a number whose trailing zeros do not count', { n: 4_800 }, 1 + 1 + 1],
    ['a negative number, a byte for its sign', { n: -480 }, 1 + 1 + 1 + 1],
    ['a flag and null, a byte each', { a: true, b: null }, 1 + 1 + 1 + 1],
    ['a map, three bytes and one for each element', { m: { city: 'Rome' } }, 1 + 3 + 1 + 4 + 4],
    ['a list, three bytes and one for each element', { l: ['a', 'b'] }, 1 + 3 + 2 * (1 + 1)],
  ] as [string, Attributes, number][])('counts %s', (_, item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });
});

describe('write units', () => {
  test.each([
    ['an item of 1 KB and its index entry', itemOf('a', KB), 1 + 1],
    ['an item a byte over 1 KB', itemOf('a', KB + 1), 2 + 1],
    ['an item without the index’s sort key', itemOf('a', 200, { userId: 'u' }), 1],
    ['an item whose index key is no text', itemOf('a', 200, { userId: 'u', createdAt: 1_764 }), 1],
    ['an index entry a byte over 1 KB', itemOf('a', KB + 100, { userId: 'u'.repeat(KB), createdAt: '2026' }), 2 + 2],
    ['what is not there', itemOf('b', 200), 1],
  ])('a delete takes them for %s', async (_, item, units) => {
    const { client, model } = await modelOf([item]);
    const reply = await client.send(new BatchWriteItemCommand(deleting(['a'])));
    expect(reply.ConsumedCapacity?.[0]?.CapacityUnits).toBe(units);
    expect(model.stats().writeUnits).toBe(units);
  });
});

describe('a scan', () => {
  const small = Array.from({ length: 1_000 }, (_, index) => itemOf(`id-${index}`, 500));

  test('takes half a unit for each 4 KB of a page, begun ones too, whatever the filter lets through', async () => {
    const { client } = await modelOf([itemOf('a', 4 * KB), itemOf('b', 60)]);
    const [page] = await scanAll(client, {
      FilterExpression: 'sessionId = :none',
      ExpressionAttributeValues: { ':none': { S: 'none' } },
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(page).toMatchObject({ Count: 0, ScannedCount: 2, ConsumedCapacity: { CapacityUnits: 1 } });
  });

  test('ends a page with the item that reaches 1 MB, which takes 128.5 units', async () => {
    const { client } = await modelOf(Array.from({ length: 600 }, (_, index) => itemOf(`id-${index}`, 2_000)));
    const pages = await scanAll(client, { ReturnConsumedCapacity: 'TOTAL' });
    expect(pages.map(({ ScannedCount }) => ScannedCount)).toEqual([525, 75]);
    expect(pages[0]?.ConsumedCapacity?.CapacityUnits).toBe(128.5);
  });

  test('by segments finds each item once', async () => {
    const { client } = await modelOf(small);
    const segments = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6].map((Segment) => scanAll(client, { Segment, TotalSegments: 7 })),
    );
    expect(segments.every((pages) => idsOf(pages).length > 0)).toBe(true);
    expect(segments.flatMap(idsOf).sort()).toEqual(small.map(({ attributes }) => attributes.sessionId).sort());
  });

  test('goes on after a key that has been deleted', async () => {
    const { client } = await modelOf(small);
    const first = await client.send(new ScanCommand({ TableName: TABLE_NAME, Limit: 100 }));
    await client.send(new DeleteItemCommand({ TableName: TABLE_NAME, Key: first.LastEvaluatedKey }));
    const rest = await client.send(
      new ScanCommand({ TableName: TABLE_NAME, ExclusiveStartKey: first.LastEvaluatedKey }),
    );
    expect(idsOf([first, rest])).toHaveLength(1_000);
    expect(new Set(idsOf([first, rest])).size).toBe(1_000);
  });

  test('sends the projected attributes of what passes the filter, with no match across types', async () => {
    const { client } = await modelOf([
      seed({ sessionId: 'due', purgeAt: 10, isActive: true }),
      seed({ sessionId: 'not due', purgeAt: 11, isActive: true }),
      seed({ sessionId: 'late', purgeAt: 21, isActive: true }),
      seed({ sessionId: 'a text', purgeAt: '11', isActive: true }),
      seed({ sessionId: 'odd', purgeAt: 11, isActive: 'false' }),
      seed({ sessionId: 'ended', purgeAt: 11, isActive: false }),
      seed({ sessionId: 'older' }),
    ]);
    const pages = await scanAll(client, {
      ProjectionExpression: 'sessionId, purgeAt',
      FilterExpression:
        'NOT attribute_type(purgeAt, :number) OR purgeAt <= :now OR purgeAt > :latest OR isActive = :no',
      ExpressionAttributeValues: {
        ':number': { S: 'N' },
        ':now': { N: '10' },
        ':latest': { N: '20' },
        ':no': { BOOL: false },
      },
    });
    const items = pages.flatMap(({ Items = [] }) => Items);
    expect(items).toHaveLength(5);
    expect(items).toEqual(
      expect.arrayContaining([
        { sessionId: { S: 'due' }, purgeAt: { N: '10' } },
        { sessionId: { S: 'late' }, purgeAt: { N: '21' } },
        { sessionId: { S: 'a text' }, purgeAt: { S: '11' } },
        { sessionId: { S: 'ended' }, purgeAt: { N: '11' } },
        { sessionId: { S: 'older' } },
      ]),
    );
  });

  test('refuses a filter that the model does not evaluate, by name', async () => {
    const { client } = await modelOf([]);
    const scan = scanAll(client, { FilterExpression: 'isActive = :no OR begins_with(userId, :no)' });
    await expect(scan).rejects.toMatchObject({ name: 'ValidationException' });
    const named = scanAll(client, {
      FilterExpression: 'begins_with(userId, :u)',
      ExpressionAttributeValues: { ':u': { S: 'u' } },
    });
    await expect(named).rejects.toThrow('begins_with(userId, :u)');
  });
});

describe('a table with 20 write units per second', () => {
  const items = Array.from({ length: 40 }, (_, index) => itemOf(`id-${index}`, 400));
  const ids = (from: number, to: number) => items.slice(from, to).map(({ attributes }) => String(attributes.sessionId));

  test('does what fits, hands back the rest, and throttles what does not fit at all', async () => {
    let time = 0;
    const { client, model } = await modelOf(items, { writeUnitsPerSecond: 20, clock: () => time });
    await expect(client.send(new BatchWriteItemCommand(deleting(ids(0, 5))))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });

    time = 500;
    const part = await client.send(new BatchWriteItemCommand(deleting(ids(0, 25))));
    expect(part.ConsumedCapacity?.[0]?.CapacityUnits).toBe(10);
    expect(part.UnprocessedItems?.[TABLE_NAME]).toHaveLength(20);

    // However long it has been unused, the table keeps one second's units.
    time = 60_000;
    const second = await client.send(new BatchWriteItemCommand(deleting(ids(5, 30))));
    expect(second.UnprocessedItems?.[TABLE_NAME]).toHaveLength(15);
    await expect(
      client.send(new DeleteItemCommand({ TableName: TABLE_NAME, Key: { sessionId: { S: 'id-39' } } })),
    ).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    expect(model.stats()).toMatchObject({ items: 25, writeUnits: 30, throttles: 4 });
  });
});

describe('the data set', () => {
  const data = { count: 2_000, overShare: 0.3, seed: 7, asOf: NOW };

  test('is over where it says so, by the rule, for every reason, at about 490 bytes', () => {
    const all = [...sessions(data)];
    const reasons = all.map(
      ({ attributes }) => endOf(attributes as unknown as StoredSession, NOW, DEFAULT_POLICY)?.reason,
    );
    expect(reasons.map((reason) => reason === undefined)).toEqual(all.map(({ live }) => live));
    expect(reasons.filter(Boolean)).toHaveLength(600);
    expect(new Set(reasons)).toEqual(new Set([undefined, 'idle', 'expired', 'inactive', 'orphaned']));
    const bytes = all.reduce((sum, { attributes }) => sum + itemSize(attributes), 0) / all.length;
    expect(Math.abs(bytes - 490)).toBeLessThan(15);
  });

  test('is the same for the same seed, and another for another', () => {
    expect([...sessions(data)]).toEqual([...sessions(data)]);
    expect([...sessions({ ...data, seed: 8 })]).not.toEqual([...sessions(data)]);
  });

  test('is swept clean: two write units a deletion, no live session lost', async () => {
    const { calls, model } = await modelOf(sessions(data));
    const sweeper = new Sweeper(
      calls,
      { tableName: TABLE_NAME, asOf: NOW, policy: DEFAULT_POLICY },
      { clock: systemClock },
    );
    const { result } = await sweeper.sweepPart(nothingSwept());
    expect(result).toMatchObject({ totalSessions: 2_000, deletedSessions: 600, errors: 0 });
    expect(model.stats()).toMatchObject({ items: 1_400, over: 0, liveDeleted: 0, writeUnits: 1_200 });
  });

  test('shows a live session that was deleted', async () => {
    const [live] = [...sessions(data)].filter((each) => each.live);
    const { client, model } = await modelOf(sessions(data));
    await client.send(new BatchWriteItemCommand(deleting([String(live?.attributes.sessionId)])));
    expect(model.stats()).toMatchObject({ liveDeleted: 1, over: 600 });
  });
});
