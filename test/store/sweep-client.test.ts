import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { localAccess } from '../../cli/local-table';
import { isPassing } from '../../lambda/dynamodb/client';
import { sweepClient } from '../../lambda/dynamodb/sweep-client';
import { sessionTables, startDatabase } from '../support/stack';

const TableName = sessionTables().sessions;

/** One item with every kind of value that is no binary one, with what JSON has to escape. */
const ITEM: Record<string, AttributeValue> = {
  sessionId: { S: 'a "quoted" id, ünïcode \u2028 and \\ too' },
  userId: { S: 'user' },
  sessionTimeout: { N: '12345678901234567890.5' },
  isActive: { BOOL: false },
  lastActivity: { NULL: true },
  locationData: { M: { country: { S: 'DE' }, nested: { L: [{ N: '1' }, { SS: ['a', 'b'] }, { M: {} }] } } },
};

let database: Awaited<ReturnType<typeof startDatabase>>;
let sweeping: DynamoDBClient;

beforeAll(async () => {
  database = await startDatabase();
  sweeping = sweepClient(localAccess(database.endpoint));
});
afterAll(async () => {
  sweeping.destroy();
  await database.close();
});

const put = () =>
  sweeping.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: ITEM } }] } }));

describe('the client of a sweep', () => {
  it('writes and reads as any client does', async () => {
    await put();
    const scan = new ScanCommand({
      TableName,
      FilterExpression: 'sessionTimeout > :zero',
      ExpressionAttributeValues: { ':zero': { N: '0' } },
    });
    const [ours, theirs] = await Promise.all([sweeping.send(scan), database.client.send(scan)]);
    expect(ours.Items).toEqual([ITEM]);
    expect({ ...ours, $metadata: undefined }).toEqual({ ...theirs, $metadata: undefined });
    expect(ours.$metadata.httpStatusCode).toBe(200);
  });

  it('deletes in a batch, and says what is left', async () => {
    await put();
    const Key = { sessionId: ITEM.sessionId as AttributeValue };
    const RequestItems = { [TableName]: [{ DeleteRequest: { Key } }] };
    expect((await sweeping.send(new BatchWriteItemCommand({ RequestItems }))).UnprocessedItems).toEqual({});
    expect((await database.client.send(new ScanCommand({ TableName }))).Items).toEqual([]);
  });

  it('fails as any client does', async () => {
    const describe = new DescribeTableCommand({ TableName: 'no-such-table' });
    const [ours, theirs] = await Promise.all([
      sweeping.send(describe).catch((error: Error) => error),
      database.client.send(describe).catch((error: Error) => error),
    ]);
    expect(ours).toMatchObject({ name: 'ResourceNotFoundException', message: (theirs as Error).message });
    expect(isPassing(ours)).toBe(false);
  });

  it('takes an answer that breaks off as one to ask for again', async () => {
    const server = createServer((_, response) => response.end('{"Items":[{"sessionId":{"S":"hal')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const client = sweepClient(localAccess(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const failure = await client.send(new ScanCommand({ TableName })).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isPassing(failure)).toBe(true);
    client.destroy();
    server.close();
  });
});
