import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  DescribeEndpointsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { connectionOptions } from '../../cli/connection';
import { localAccess } from '../../cli/local-table';
import type { Calls } from '../../lambda/aws/calls';
import { connectTo } from '../../lambda/aws/connection';
import { isTransient, systemClock } from '../../lambda/aws/retry';
import { sweepClient } from '../../lambda/cleanup/sweep';
import { databaseOptions } from '../../lambda/dynamodb/client';
import { LOCAL_CREDENTIALS } from '../../local/database';
import { sessionTables, startDatabase, synthesized } from '../support/stack';

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
  sweeping = sweepClient(localAccess(database.endpoint), systemClock);
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
    expect(ours).toEqual({ ...theirs, $metadata: undefined });
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
    expect(isTransient(ours)).toBe(false);
  });

  it.each([
    [{ useFipsEndpoint: true }, 'https://dynamodb-fips.us-east-1.amazonaws.com/'],
    [{ useDualstackEndpoint: true }, 'https://dynamodb.us-east-1.api.aws/'],
    [{ endpoint: 'http://127.0.0.1:8000/under' }, 'http://127.0.0.1:8000/under'],
    [{ endpoint: 'https://db.example' }, 'https://db.example/'],
  ])('goes, for a command, where the SDK’s client is configured to: %j', async (configuration, address) => {
    expect((await connectionOptions({ region: 'us-east-1', ...configuration })).endpoint).toBe(address);
  });

  it('takes an answer that breaks off as one to ask for again', async () => {
    const server = createServer((_, response) => response.end('{"Items":[{"sessionId":{"S":"hal')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const client = sweepClient(localAccess(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), systemClock);
    const failure = await client.call('Scan', { TableName }).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isTransient(failure)).toBe(true);
    client.destroy();
    server.close();
  });
});

/** One of each partition that the SDK knows, more of the two greatest, and one that nobody knows. */
const REGIONS = [
  'us-east-1',
  'eu-central-2',
  'cn-north-1',
  'us-gov-west-1',
  'us-gov-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
  'eusc-de-east-1',
  'eu-new-9',
];
const SERVICES = [
  [
    'AWS_ENDPOINT_URL_DYNAMODB',
    (region: string) => new DynamoDBClient({ region, credentials: LOCAL_CREDENTIALS }),
    DescribeEndpointsCommand,
  ],
  [
    'AWS_ENDPOINT_URL_EVENTBRIDGE',
    (region: string) => new EventBridgeClient({ region, credentials: LOCAL_CREDENTIALS }),
    PutEventsCommand,
  ],
] as const;

/** What the stack writes into a function's environment, in a region. */
function addressIn(region: string, variable: string): string {
  const environments = Object.values(synthesized().resources).map(
    ({ Properties }) => Properties.Environment?.Variables,
  );
  const written = environments.find((one) => one?.[variable])?.[variable]['Fn::Join'][1];
  const values: Record<string, string> = {
    'AWS::Region': region,
    'AWS::URLSuffix': RegionInfo.get(region).domainSuffix ?? 'amazonaws.com',
  };
  return written.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : values[part.Ref])).join('');
}

describe('a function', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  describe.each(SERVICES)('finds in %s', (variable, clientIn, command) => {
    it.each(REGIONS)('the address that the SDK knows for %s', async (region) => {
      const { config } = clientIn(region);
      const { url } = await getEndpointFromInstructions({}, command as any, { ...(config as any) });
      expect(new URL(addressIn(region, variable)).href).toBe(url.href);
    });
  });

  it('has region and credentials from Lambda, which may change while it runs', () => {
    Object.assign(process.env, { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000/under', AWS_REGION: 'eu-new-9' });
    const { endpoint, region, credentials } = connectTo(databaseOptions());
    expect([endpoint.href, region]).toEqual(['http://127.0.0.1:8000/under', 'eu-new-9']);
    for (const AWS_ACCESS_KEY_ID of ['first', 'second']) {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' });
      expect(credentials()).toEqual({ accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: 's', sessionToken: 't' });
    }
  });

  it('does not start without an address, and names the variable', () => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    expect(databaseOptions).toThrow('The environment variable AWS_ENDPOINT_URL_DYNAMODB is missing');
  });
});
