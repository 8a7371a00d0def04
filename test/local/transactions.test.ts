import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { Access } from '../../local/accesses';
import { type Database, localClient, openDatabase } from '../../local/database';
import { openEngine } from '../../local/engine';
import type { Change } from '../../local/engine-store';
import { allows, type Statement } from '../../local/policies';
import { transactionsOf } from '../../local/transactions';
import { program, ROOT } from '../support/program';
import { rounds } from '../support/rounds';

const TABLES = ['first', 'second'] as const;
const INDEX = 'ByOwner';

let database: Database;
let client: DynamoDBClient;
let changes: Change[];

beforeAll(async () => {
  database = await openDatabase(undefined, 0, { onChange: (change) => changes.push(change) });
  client = localClient(database.endpoint);
  await createTables(client);
});
beforeEach(async () => {
  for (const table of TABLES) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
    for (const { id } of Items)
      await client.send(new DeleteItemCommand({ TableName: table, Key: { id: id ?? s('') } }));
  }
  changes = [];
});
afterAll(async () => {
  client.destroy();
  await database.close();
});

const s = (S: string): AttributeValue.SMember => ({ S });
const n = (value: number): AttributeValue.NMember => ({ N: String(value) });

async function createTables(using: DynamoDBClient): Promise<void> {
  for (const TableName of TABLES) {
    await using.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'owner', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: INDEX,
            KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    while ((await using.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE');
  }
}

const write = (
  TransactItems: TransactWriteItem[],
  more: { ClientRequestToken?: string; ReturnConsumedCapacity?: 'TOTAL' } = {},
) => client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));

const put = (table: string, id: string, more: Record<string, AttributeValue> = {}): TransactWriteItem => ({
  Put: { TableName: table, Item: { id: s(id), ...more } },
});

/** All items of a table, and who owns them by the index; both in order. */
async function contents(table: string, using = client) {
  const { Items = [] } = await using.send(new ScanCommand({ TableName: table }));
  const owners = [...new Set(Items.flatMap(({ owner }) => owner?.S ?? []))];
  const owned = await Promise.all(
    ['anna', 'ben', ...owners].map(async (owner) => {
      const { Items: entries = [] } = await using.send(
        new QueryCommand({
          TableName: table,
          IndexName: INDEX,
          KeyConditionExpression: '#owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': s(owner) },
        }),
      );
      return entries.map(({ id }) => `${owner} ${id?.S}`);
    }),
  );
  const items = Items.map(({ id, owner, count }) => `${id?.S} ${owner?.S} ${count?.N}`);
  return { items: items.sort(), owned: [...new Set(owned.flat())].sort() };
}

async function failure(work: Promise<unknown>): Promise<any> {
  return work.then(
    () => undefined,
    (error) => error,
  );
}

describe('a transaction', () => {
  it('writes all of its items, with their index entries', async () => {
    await write([put('first', 'a', { owner: s('anna') }), put('second', 'b', { owner: s('anna') })]);
    await write([
      { Delete: { TableName: 'first', Key: { id: s('a') } } },
      {
        Update: {
          TableName: 'second',
          Key: { id: s('b') },
          UpdateExpression: 'SET #o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': s('ben') },
        },
      },
    ]);
    expect(await contents('first')).toEqual({ items: [], owned: [] });
    expect(await contents('second')).toEqual({ items: ['b ben undefined'], owned: ['ben b'] });
  });

  it('writes nothing when one part fails, and says why of each part in order', async () => {
    await write([put('first', 'a', { owner: s('anna'), count: n(1) })]);
    const onlyNew = {
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const error = await failure(
      write([
        put('second', 'b'),
        { Put: { TableName: 'first', Item: { id: s('a') }, ...onlyNew } },
        {
          ConditionCheck: {
            TableName: 'first',
            Key: { id: s('none') },
            ConditionExpression: 'attribute_exists(id)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          Update: {
            TableName: 'second',
            Key: { id: s('c') },
            UpdateExpression: 'SET a.b = :one',
            ExpressionAttributeValues: { ':one': n(1) },
          },
        },
        { Delete: { TableName: 'second', Key: { id: s('d') }, ConditionExpression: 'attribute_not_exists(id)' } },
      ]),
    );
    expect(error.name).toBe('TransactionCanceledException');
    expect(error.message).toBe(
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError, None]',
    );
    const Message = 'The conditional request failed';
    expect(error.CancellationReasons).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message, Item: { id: s('a'), owner: s('anna'), count: n(1) } },
      { Code: 'ConditionalCheckFailed', Message },
      { Code: 'ValidationError', Message: 'The document path provided in the update expression is invalid for update' },
      { Code: 'None' },
    ]);
    expect(await contents('second')).toEqual({ items: [], owned: [] });
  });

  it('only checks what a ConditionCheck names', async () => {
    await write([put('first', 'a', { owner: s('anna') })]);
    await write([
      { ConditionCheck: { TableName: 'first', Key: { id: s('a') }, ConditionExpression: 'attribute_exists(id)' } },
      put('second', 'b'),
    ]);
    expect(await contents('first')).toEqual({ items: ['a anna undefined'], owned: ['anna a'] });
  });

  it.each<[string, TransactWriteItem[], string, RegExp]>([
    [
      'names an item twice',
      [put('first', 'a'), { Delete: { TableName: 'first', Key: { id: s('a') } } }],
      'ValidationException',
      /^Transaction request cannot include multiple operations on one item$/,
    ],
    ['has no items', [], 'ValidationException', /between 1 and 100/],
    [
      'has more than 100 items',
      Array.from({ length: 101 }, (_, id) => put('first', `${id}`)),
      'ValidationException',
      /between 1 and 100/,
    ],
    [
      'has a part with two operations',
      [{ ...put('first', 'a'), Delete: { TableName: 'first', Key: { id: s('b') } } }],
      'ValidationException',
      /only contain one of/,
    ],
    [
      'lacks a key',
      [{ Put: { TableName: 'first', Item: { owner: s('anna') } } }],
      'ValidationException',
      /Missing the key id/,
    ],
    [
      'has an expression that is none',
      [{ Put: { TableName: 'first', Item: { id: s('a') }, ConditionExpression: 'nonsense' } }],
      'ValidationException',
      /^Invalid ConditionExpression/,
    ],
    ['names an unknown table', [put('first', 'a'), put('third', 'a')], 'ResourceNotFoundException', /not found/],
  ])('that %s is refused as a whole', async (_, items, name, message) => {
    const error = await failure(write(items));
    expect([error.name, error.message]).toEqual([name, expect.stringMatching(message)]);
    expect((await contents('first')).items).toEqual([]);
  });

  it('takes 100 items', async () => {
    await write(Array.from({ length: 100 }, (_, id) => put('first', `${id}`)));
    expect((await contents('first')).items).toHaveLength(100);
  });

  it('consumes twice the capacity of its parts', async () => {
    const { ConsumedCapacity } = await write([put('first', 'a'), put('first', 'b'), put('second', 'c')], {
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(ConsumedCapacity).toEqual([
      { TableName: 'first', CapacityUnits: 4, WriteCapacityUnits: 4 },
      { TableName: 'second', CapacityUnits: 2, WriteCapacityUnits: 2 },
    ]);
  });

  it('reports each item that it changed, and none if it was cancelled', async () => {
    await write([put('first', 'a'), put('second', 'b')]);
    changes = [];
    await failure(
      write([
        { Delete: { TableName: 'first', Key: { id: s('a') } } },
        { Delete: { TableName: 'second', Key: { id: s('c') }, ConditionExpression: 'attribute_exists(id)' } },
      ]),
    );
    expect(changes).toEqual([]);
    await write([
      { Delete: { TableName: 'first', Key: { id: s('a') } } },
      { Delete: { TableName: 'second', Key: { id: s('never') } } },
    ]);
    expect(changes.filter(({ before, after }) => before && !after)).toEqual([
      { tableName: 'first', before: { id: s('a') } },
    ]);
  });
});

it('a transaction is refused as a whole if the role does not allow one of its parts', async () => {
  const role: Statement[] = [
    { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'dynamodb:BatchWriteItem',
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id'] } },
    },
  ];
  const mayCall = ({ action, resource, facts }: Access) => allows(role, action, resource, facts);
  const strict = await openDatabase(undefined, 0, { functionOf: () => ({ name: 'strict', mayCall }) });
  const caller = localClient(strict.endpoint);
  const key = { id: s('a') };
  const send = (command: TransactWriteItemsCommand | BatchWriteItemCommand) => failure(caller.send(command as any));
  const putOnly = await send(new TransactWriteItemsCommand({ TransactItems: [put('first', 'a')] }));
  // Allowed, so it comes as far as the table, which this database does not have.
  expect(putOnly.name).toBe('ResourceNotFoundException');
  const withDelete = [put('first', 'a'), { Delete: { TableName: 'second', Key: key } }];
  const refused = await send(new TransactWriteItemsCommand({ TransactItems: withDelete }));
  expect([refused.name, refused.message]).toEqual([
    'AccessDeniedException',
    expect.stringMatching(/^strict is not authorized to perform: dynamodb:DeleteItem on resource: .*table\/second$/),
  ]);
  const bare = await send(new BatchWriteItemCommand({ RequestItems: { first: [{ DeleteRequest: { Key: key } }] } }));
  expect(bare.name).toBe('ResourceNotFoundException');
  const item = { ...key, isActive: { BOOL: true } };
  const full = await send(new BatchWriteItemCommand({ RequestItems: { first: [{ PutRequest: { Item: item } }] } }));
  expect(full.name).toBe('AccessDeniedException');
  caller.destroy();
  await strict.close();
});

it('an item that is removed is reported once, whichever requests remove it at the same time', async () => {
  await write([put('first', 'a')]);
  changes = [];
  await Promise.all([
    client.send(new DeleteItemCommand({ TableName: 'first', Key: { id: s('a') } })),
    client.send(new BatchWriteItemCommand({ RequestItems: { first: [{ DeleteRequest: { Key: { id: s('a') } } }] } })),
    write([{ Delete: { TableName: 'first', Key: { id: s('a') } } }]),
  ]);
  expect(changes.filter(({ before }) => before)).toHaveLength(1);
});

it('a write whose condition fails shows the item if it is asked for', async () => {
  await write([put('first', 'a', { count: n(7) })]);
  const condition = {
    ConditionExpression: 'attribute_not_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  const error = await failure(
    client.send(new PutItemCommand({ TableName: 'first', Item: { id: s('a') }, ...condition })),
  );
  expect([error.name, error.Item]).toEqual(['ConditionalCheckFailedException', { id: s('a'), count: n(7) }]);
});

describe('a request token', () => {
  const increment: TransactWriteItem[] = [
    {
      Update: {
        TableName: 'first',
        Key: { id: s('a') },
        UpdateExpression: 'ADD #c :one',
        ExpressionAttributeNames: { '#c': 'count' },
        ExpressionAttributeValues: { ':one': n(1) },
      },
    },
  ];

  it('lets a transaction happen once, however often it is sent', async () => {
    for (let time = 0; time < 3; time++) await write(increment, { ClientRequestToken: 'once' });
    expect((await contents('first')).items).toEqual(['a undefined 1']);
  });

  it('is refused with other parameters', async () => {
    await write(increment, { ClientRequestToken: 'mismatch' });
    const error = await failure(write([put('first', 'b')], { ClientRequestToken: 'mismatch' }));
    expect(error.name).toBe('IdempotentParameterMismatchException');
    expect((await contents('first')).items).toEqual(['a undefined 1']);
  });

  it('may be used again after a cancelled transaction', async () => {
    const onlyIfThere: TransactWriteItem[] = [
      { Put: { TableName: 'second', Item: { id: s('a') }, ConditionExpression: 'attribute_exists(id)' } },
    ];
    expect((await failure(write(onlyIfThere, { ClientRequestToken: 'again' }))).name).toBe(
      'TransactionCanceledException',
    );
    await write([put('second', 'a')]);
    expect(await failure(write(onlyIfThere, { ClientRequestToken: 'again' }))).toBeUndefined();
  });

  it('is refused while the first transaction is at work, and counts for ten minutes after it', async () => {
    let now = 0;
    const engine = openEngine(undefined);
    const transactions = transactionsOf(engine, () => now);
    await engine.run(
      'CreateTable',
      engine.check('CreateTable', {
        TableName: 'first',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    while ((await engine.run('DescribeTable', { TableName: 'first' })).Table.TableStatus !== 'ACTIVE');
    const request = () => transactions.write({ TransactItems: increment, ClientRequestToken: 't' });
    const count = async () => (await engine.run('GetItem', { TableName: 'first', Key: { id: s('a') } })).Item.count.N;
    const first = request();
    expect((await failure(request())).body.__type).toMatch(/#TransactionInProgressException$/);
    await first;
    now = 10 * 60_000 - 1;
    await request();
    expect(await count()).toBe('1');
    now += 1;
    await request();
    expect(await count()).toBe('2');
    await engine.close();
  });
});

describe('what concurrent transactions leave behind', () => {
  const ACCOUNTS = ['a', 'b', 'c', 'd', 'e'];
  const move = (from: string, to: string): TransactWriteItem[] =>
    [[from, -1, 'first'] as const, [to, 1, 'second'] as const].map(([id, by, TableName]) => ({
      Update: {
        TableName,
        Key: { id: s(id) },
        UpdateExpression: 'ADD #c :by',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeNames: { '#c': 'count' },
        ExpressionAttributeValues: { ':by': n(by) },
      },
    }));

  it('adds up at every moment that a TransactGetItems sees, and between ordinary writes', async () => {
    await write(TABLES.flatMap((table) => ACCOUNTS.map((id) => put(table, id, { count: n(0) }))));
    const Gets = TABLES.flatMap((TableName) => ACCOUNTS.map((id) => ({ Get: { TableName, Key: { id: s(id) } } })));
    const sums: number[] = [];
    const work = Array.from({ length: 60 }, async (_, index) => {
      const [from = 'a', to = 'b'] = [ACCOUNTS[index % 5], ACCOUNTS[(index * 3 + 1) % 5]];
      await write(move(from, to));
      await client.send(
        new UpdateItemCommand({
          TableName: 'first',
          Key: { id: s(from) },
          UpdateExpression: 'SET seen = :i',
          ExpressionAttributeValues: { ':i': n(index) },
        }),
      );
      const { Responses = [] } = await client.send(new TransactGetItemsCommand({ TransactItems: Gets }));
      sums.push(Responses.reduce((sum, { Item }) => sum + Number(Item?.count?.N), 0));
    });
    await Promise.all(work);
    expect(sums).toEqual(Array(60).fill(0));
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'second' }));
    expect(Items.reduce((sum, { count }) => sum + Number(count?.N), 0)).toBe(60);
  });
});

describe('any sequence of transactions', () => {
  type Step = {
    table: (typeof TABLES)[number];
    id: string;
    what: 'put' | 'delete' | 'add' | 'check';
    owner?: string;
    only?: 'new' | 'there';
  };
  const step: fc.Arbitrary<Step> = fc.record({
    table: fc.constantFrom(...TABLES),
    id: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('put', 'delete', 'add', 'check'),
    owner: fc.constantFrom('anna', 'ben', undefined),
    only: fc.constantFrom('new', 'there', undefined),
  });
  const CONDITIONS = { new: 'attribute_not_exists(id)', there: 'attribute_exists(id)' };

  function request({ table: TableName, id, what, owner, only }: Step): TransactWriteItem {
    const Key = { id: s(id) };
    const ConditionExpression = only && CONDITIONS[only];
    if (what === 'put')
      return { Put: { TableName, Item: { ...Key, ...(owner && { owner: s(owner) }) }, ConditionExpression } };
    if (what === 'delete') return { Delete: { TableName, Key, ConditionExpression } };
    if (what === 'check')
      return { ConditionCheck: { TableName, Key, ConditionExpression: ConditionExpression ?? CONDITIONS.new } };
    const names = { ExpressionAttributeNames: { '#c': 'count' }, ExpressionAttributeValues: { ':one': n(1) } };
    return { Update: { TableName, Key, UpdateExpression: 'ADD #c :one', ConditionExpression, ...names } };
  }

  it('has the outcome and leaves the items and index entries that a simple model says', async () => {
    const sequences = fc.array(
      fc.uniqueArray(step, { minLength: 1, maxLength: 4, selector: ({ table, id }) => `${table} ${id}` }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(sequences, async (transactions) => {
        const model: Record<string, Map<string, { owner?: string; count?: number }>> = {
          first: new Map(),
          second: new Map(),
        };
        for (const steps of transactions) {
          const good = steps.map(({ table, id, what, only }) => {
            const wanted = only ?? (what === 'check' ? 'new' : undefined);
            return wanted === undefined || (wanted === 'there') === Boolean(model[table]?.has(id));
          });
          const error = await failure(write(steps.map(request)));
          expect(error?.CancellationReasons?.map(({ Code }: any) => Code === 'None') ?? good).toEqual(good);
          expect(error === undefined).toBe(good.every(Boolean));
          if (error) continue;
          for (const { table, id, what, owner } of steps) {
            const items = model[table];
            if (what === 'put') items?.set(id, { owner });
            if (what === 'delete') items?.delete(id);
            if (what === 'add') items?.set(id, { ...items.get(id), count: (items.get(id)?.count ?? 0) + 1 });
          }
        }
        for (const table of TABLES) {
          const items = [...(model[table] ?? [])];
          expect(await contents(table)).toEqual({
            items: items.map(([id, { owner, count }]) => `${id} ${owner} ${count}`).sort(),
            owned: items.flatMap(([id, { owner }]) => (owner ? [`${owner} ${id}`] : [])).sort(),
          });
          for (const [id] of items) await client.send(new DeleteItemCommand({ TableName: table, Key: { id: s(id) } }));
        }
      }),
      { numRuns: rounds(60) },
    );
  });
});

describe('after kill -9', () => {
  const ITEMS = 20;
  /** Writes the same number into all items of both tables, again and again, and says each number that was stored. */
  const writer = async () => `
    const { openEngine } = require('./${await program('local/engine.ts')}');
    const { transactionsOf } = require('./${await program('local/transactions.ts')}');
    const engine = openEngine(process.argv[1]);
    const transactions = transactionsOf(engine);
    (async () => {
      for (let round = Number(process.argv[2]); ; round++) {
        const items = [...Array(${ITEMS}).keys()].map((id) => ({ Put: { TableName: id % 2 ? 'first' : 'second', Item: {
          id: { S: String(id) }, owner: { S: 'owner-' + round }, count: { N: String(round) }, padding: { S: 'x'.repeat(5_000) } } } }));
        await transactions.write({ TransactItems: items });
        process.stdout.write(round + '\\n');
      }
    })();`;

  it('each transaction is there as a whole, with its index entries, or not at all; and none that was acknowledged is lost', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'transactions-'));
    const before = await openDatabase(folder, 0);
    const setUp = localClient(before.endpoint);
    await createTables(setUp);
    setUp.destroy();
    await before.close();
    let acknowledged = 0;
    for (let death = 0; death < Math.max(2, rounds(5)); death++) {
      const arguments_ = ['-e', await writer(), join(folder, 'dynamodb'), String(acknowledged + 1)];
      const child = spawn(process.execPath, arguments_, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      const wanted = acknowledged + 20 + death * 7;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line);
        if (acknowledged >= wanted) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');

      const database = await openDatabase(folder, 0);
      const reader = localClient(database.endpoint);
      const found = await Promise.all(TABLES.map((table) => contents(table, reader)));
      reader.destroy();
      await database.close();
      const rounds = new Set(found.flatMap(({ items }) => items.map((item) => Number(item.split(' ')[2]))));
      expect(found.flatMap(({ items }) => items)).toHaveLength(ITEMS);
      expect(rounds.size).toBe(1);
      const [round = 0] = rounds;
      expect(round).toBeGreaterThanOrEqual(acknowledged);
      expect(found.flatMap(({ owned }) => owned)).toHaveLength(ITEMS);
      acknowledged = round;
    }
  });
});
