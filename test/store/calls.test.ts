import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { localAccess } from '../../cli/local-table';
import { type Calls, endpointOf } from '../../lambda/aws/calls';
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
let sweeping: Calls;

beforeAll(async () => {
  database = await startDatabase();
  sweeping = sweepClient(localAccess(database.endpoint));
});
afterAll(async () => {
  sweeping.destroy();
  await database.close();
});

const put = () => sweeping.call('BatchWriteItem', { RequestItems: { [TableName]: [{ PutRequest: { Item: ITEM } }] } });

describe('a call of DynamoDB', () => {
  it('writes and reads as any client does', async () => {
    await put();
    const input = {
      TableName,
      FilterExpression: 'sessionTimeout > :zero',
      ExpressionAttributeValues: { ':zero': { N: '0' } },
    };
    const [ours, theirs] = await Promise.all([
      sweeping.call<ScanCommandOutput>('Scan', input),
      database.client.send(new ScanCommand(input)),
    ]);
    expect(ours.Items).toEqual([ITEM]);
    expect({ ...ours, $metadata: undefined }).toEqual({ ...theirs, $metadata: undefined });
    expect(ours.$metadata.httpStatusCode).toBe(200);
  });

  it('deletes in a batch, and says what is left', async () => {
    await put();
    const Key = { sessionId: ITEM.sessionId as AttributeValue };
    const RequestItems = { [TableName]: [{ DeleteRequest: { Key } }] };
    expect(await sweeping.call('BatchWriteItem', { RequestItems })).toMatchObject({ UnprocessedItems: {} });
    expect((await database.client.send(new ScanCommand({ TableName }))).Items).toEqual([]);
  });

  it('fails as any client does', async () => {
    const input = { TableName: 'no-such-table' };
    const [ours, theirs] = await Promise.all([
      sweeping.call('DescribeTable', input).catch((error: Error) => error),
      database.client.send(new DescribeTableCommand(input)).catch((error: Error) => error),
    ]);
    expect(ours).toMatchObject({ name: 'ResourceNotFoundException', message: (theirs as Error).message });
    expect(isPassing(ours)).toBe(false);
  });

  it.each([
    [{ useFipsEndpoint: true }, 'https://dynamodb-fips.us-east-1.amazonaws.com/'],
    [{ useDualstackEndpoint: true }, 'https://dynamodb.us-east-1.api.aws/'],
    [{ endpoint: 'http://127.0.0.1:8000/under' }, 'http://127.0.0.1:8000/under'],
    [{ endpoint: 'https://db.example' }, 'https://db.example/'],
  ])('goes where a client is configured to: %j', async (configuration, address) => {
    const { config } = new DynamoDBClient({ region: 'us-east-1', ...configuration });
    expect((await endpointOf(config)).href).toBe(address);
  });

  it('takes an answer that breaks off as one to ask for again', async () => {
    const server = createServer((_, response) => response.end('{"Items":[{"sessionId":{"S":"hal')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const client = sweepClient(localAccess(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const failure = await client.call('Scan', { TableName }).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isPassing(failure)).toBe(true);
    client.destroy();
    server.close();
  });
});
