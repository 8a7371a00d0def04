import { METHODS } from 'node:http';
import { mutate, mutateBytes, oddExpression, type Random, textOf } from './mutations';

/** A request to send, byte by byte. */
export interface FuzzRequest {
  readonly to: 'api' | 'database';
  readonly bytes: Buffer;
  /** Whether it is whole, so that an answer can be expected. */
  readonly isWhole: boolean;
}

/** What a request may use of the run that it goes to. */
export interface Target {
  readonly stagePath: string;
  readonly tables: readonly string[];
  readonly tokens: readonly string[];
  readonly accessKeys: readonly string[];
  readonly ruleNames: readonly string[];
}

const KEY = { id: { S: 'a' } };
const VALUES = { ':a': { S: 'x' }, ':b': { N: '1' } };
const NAMES = { '#a': 'owner' };

/** A request that makes sense, of each operation that the service has or had. */
const OPERATIONS: Readonly<Record<string, (TableName: string) => unknown>> = {
  GetItem: (TableName) => ({
    TableName,
    Key: KEY,
    ProjectionExpression: '#a, list[0].x',
    ExpressionAttributeNames: NAMES,
  }),
  PutItem: (TableName) => ({
    TableName,
    Item: { ...KEY, owner: { S: 'x' }, list: { L: [{ N: '1' }] } },
    ConditionExpression: 'attribute_not_exists(id) OR #a = :a',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ':a': { S: 'x' } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }),
  UpdateItem: (TableName) => ({
    TableName,
    Key: KEY,
    UpdateExpression: 'SET #a = :a, list[0] = :b ADD n :b',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: VALUES,
    ReturnValues: 'ALL_NEW',
  }),
  DeleteItem: (TableName) => ({
    TableName,
    Key: KEY,
    Expected: { owner: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'x' }] } },
  }),
  Query: (TableName) => ({
    TableName,
    IndexName: 'UserIndex',
    KeyConditionExpression: 'userId = :a AND createdAt > :a',
    FilterExpression: 'size(id) > :b',
    ExpressionAttributeValues: VALUES,
    Limit: 3,
    ScanIndexForward: false,
  }),
  Scan: (TableName) => ({
    TableName,
    FilterExpression: 'contains(#a, :a)',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ':a': { S: 'x' } },
    Segment: 0,
    TotalSegments: 2,
    ExclusiveStartKey: KEY,
  }),
  BatchGetItem: (table) => ({
    RequestItems: { [table]: { Keys: [KEY, { id: { S: 'b' } }] } },
    ReturnConsumedCapacity: 'TOTAL',
  }),
  BatchWriteItem: (table) => ({
    RequestItems: { [table]: [{ PutRequest: { Item: KEY } }, { DeleteRequest: { Key: { id: { S: 'b' } } } }] },
  }),
  TransactWriteItems: (TableName) => ({
    TransactItems: [
      { Put: { TableName, Item: KEY } },
      {
        Update: {
          TableName,
          Key: { id: { S: 'b' } },
          UpdateExpression: 'ADD n :b',
          ExpressionAttributeValues: { ':b': { N: '1' } },
        },
      },
      {
        Delete: {
          TableName,
          Key: { id: { S: 'c' } },
          ConditionExpression: 'attribute_exists(id)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      { ConditionCheck: { TableName, Key: { id: { S: 'd' } }, ConditionExpression: 'attribute_not_exists(id)' } },
    ],
    ClientRequestToken: 'token',
  }),
  TransactGetItems: (TableName) => ({ TransactItems: [{ Get: { TableName, Key: KEY } }] }),
  CreateTable: (table) => ({
    TableName: `${table}-new`,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'ByOwner',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  }),
  DeleteTable: (table) => ({ TableName: `${table}-new` }),
  UpdateTable: (TableName) => ({ TableName, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }),
  DescribeTable: (TableName) => ({ TableName }),
  ListTables: () => ({ Limit: 2, ExclusiveStartTableName: 'a' }),
  DescribeTimeToLive: (TableName) => ({ TableName }),
  UpdateTimeToLive: (TableName) => ({
    TableName,
    TimeToLiveSpecification: { AttributeName: 'purgeAt', Enabled: true },
  }),
  TagResource: (table) => ({
    ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`,
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  UntagResource: (table) => ({ ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`, TagKeys: ['a'] }),
  ListTagsOfResource: (table) => ({ ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}` }),
  ExecuteStatement: (table) => ({ Statement: `SELECT * FROM "${table}"` }),
  ExecuteTransaction: () => ({ TransactStatements: [{ Statement: 'x' }] }),
  DescribeLimits: () => ({}),
  DescribeEndpoints: () => ({}),
  constructor: () => ({}),
  __proto__: () => ({}),
  toString: () => ({}),
};

const SIGNED = (accessKey: string) =>
  `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;

/** The request of a number, the same for the same random numbers. */
export function fuzzRequest(random: Random, target: Target): FuzzRequest {
  return random.chance(0.6) ? databaseRequest(random, target) : apiRequest(random, target);
}

function databaseRequest(random: Random, { tables, accessKeys }: Target): FuzzRequest {
  const operation = random.pick(Object.keys(OPERATIONS));
  const table = random.chance(0.9)
    ? random.pick(tables)
    : random.pick(['', 'none', 'x'.repeat(300), '__proto__', 'a~b', '*']);
  const sound = OPERATIONS[operation]?.(table) ?? {};
  const headers = {
    host: '127.0.0.1',
    'content-type': random.chance(0.95)
      ? 'application/x-amz-json-1.0'
      : random.pick(['application/json', 'text/plain', '', 'a;b']),
    'x-amz-target': random.chance(0.97)
      ? `DynamoDB_20120810.${operation}`
      : random.pick(['', '.', 'DynamoDB_20120810.', 'a.b.c', 'DynamoDB_20111205.GetItem']),
    authorization: random.chance(0.97)
      ? SIGNED(random.pick(accessKeys))
      : random.pick(['', 'AWS4-', 'Bearer x', SIGNED('')]),
  };
  return whole(
    'database',
    random.chance(0.97) ? 'POST' : oddMethod(random),
    '/',
    headers,
    bodyOf(sound, random),
    random,
  );
}

function apiRequest(random: Random, target: Target): FuzzRequest {
  const { stagePath, ruleNames } = target;
  const id = random.pick(['me', 'me', 'x', '%00', '%', '..', encodeURIComponent('ü'), 'a'.repeat(3_000)]);
  const routes: readonly [method: string, path: string, body: unknown][] = [
    [
      'POST',
      `${stagePath}users/${id}/sessions`,
      { userAgent: 'fuzz', deviceName: 'x', loginTime: '2026-01-01T00:00:00Z', ipAddress: '127.0.0.1' },
    ],
    ['GET', `${stagePath}users/${id}/sessions?limit=2&cursor=abc`, undefined],
    ['DELETE', `${stagePath}users/${id}/sessions/${id}`, undefined],
    ['DELETE', `${stagePath}users/${id}/sessions`, undefined],
    ['POST', `${stagePath}logout`, { everywhere: true }],
    ['GET', `${stagePath}users?email=a@b.test`, undefined],
    ['GET', `${stagePath}cleanups`, undefined],
    ['OPTIONS', `${stagePath}logout`, undefined],
    ['POST', '/_local/sign-in', { username: 'fuzz', groups: ['admin'], claims: { auth_time: 1, name: { a: 1 } } }],
    ['POST', '/_local/refresh', { refreshToken: random.pick(target.tokens) }],
    ['POST', `/_local/events/${random.chance(0.05) ? random.pick(ruleNames) : id}`, { userIdentity: { a: 1 } }],
    ['GET', '/_local/health', undefined],
    ['GET', '/_local/events', undefined],
    ['GET', '/_local/docs', undefined],
    ['GET', '/_local/user-pool/.well-known/jwks.json', undefined],
    [
      'POST',
      '/_local/event-bus/',
      { Entries: [{ EventBusName: 'x', Source: 'a', DetailType: 'b', Detail: '{}', Time: 1 }] },
    ],
    [
      'GET',
      random.pick(['/', '//', '/..%2f..%2fetc/passwd', '/assets/../x', '*', 'http://127.0.0.1/', '/%ff', '/?a=%']),
      undefined,
    ],
  ];
  const [method, path, body] = random.pick(routes);
  const token = random.pick(target.tokens);
  const mutated = random.chance(0.7) ? token : mutateBytes(token, random).toString('latin1');
  const headers = {
    host: '127.0.0.1',
    'content-type': random.chance(0.9)
      ? 'application/json'
      : random.pick(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']),
    ...(random.chance(0.8) && {
      authorization: path.includes('event-bus') ? SIGNED(random.pick(target.accessKeys)) : `Bearer ${mutated}`,
    }),
    ...(path.includes('event-bus') && { 'x-amz-target': 'AWSEvents.PutEvents' }),
  };
  const query = random.chance(0.1) ? `?${oddExpression(random)}` : '';
  const payload = body === undefined ? Buffer.alloc(0) : bodyOf(body, random);
  return whole('api', random.chance(0.9) ? method : oddMethod(random), path + query, headers, payload, random);
}

const oddMethod = (random: Random): string =>
  random.pick(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'NONSENSE', '']);

function bodyOf(sound: unknown, random: Random): Buffer {
  const value = random.chance(0.75) ? mutate(sound, random) : sound;
  const text = textOf(value);
  if (random.chance(0.002)) return Buffer.alloc(17 * 1024 * 1024, text || 'x');
  return random.chance(0.9) ? Buffer.from(text) : mutateBytes(text, random);
}

/** Node.js refuses other methods while it reads, and closes the connection of this one. */
const ANSWERED = new Set(METHODS.filter((method) => method !== 'CONNECT'));

/** Puts a request together; some are broken on the way, in their head or in how their body is framed. */
function whole(
  to: FuzzRequest['to'],
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
  random: Random,
): FuzzRequest {
  const all: [string, string][] = Object.entries(headers);
  if (random.chance(0.03))
    all.push([
      random.pick(['origin', 'host', 'x-odd', 'expect', 'upgrade', 'transfer-encoding', 'content-length', 'accept']),
      random.pick([
        'http://localhost',
        'https://evil.example',
        '100-continue',
        'chunked',
        '-1',
        '5',
        'a'.repeat(20_000),
        '\u00ff',
        '',
      ]),
    ]);
  const clean = (text: string) => text.replace(/[\r\n\0]/g, '');
  const line = `${method} ${clean(path).replace(/ /g, '%20')} HTTP/1.1`;
  const head = (more: readonly [string, string][]) =>
    Buffer.from(
      `${[line, ...[...all, ...more, ['connection', 'close']].map(([name, value]) => `${name}: ${clean(value ?? '')}`)].join('\r\n')}\r\n\r\n`,
      'latin1',
    );
  const framing = random.next();
  const isOddHead = all.length > Object.keys(headers).length || /[^\x20-\x7e]/.test(line);
  if (framing < 0.92)
    return {
      to,
      bytes: Buffer.concat([head([['content-length', String(body.length)]]), body]),
      isWhole: !isOddHead && ANSWERED.has(method),
    };
  const chunked = head([['transfer-encoding', 'chunked']]);
  const size = body.length.toString(16);
  if (framing < 0.95)
    return {
      to,
      bytes: Buffer.concat([chunked, Buffer.from(`${size}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]),
      isWhole: false,
    };
  const broken: readonly (() => Buffer)[] = [
    () => Buffer.concat([chunked, Buffer.from(`${size}\r\n`), body]),
    () => Buffer.concat([chunked, Buffer.from('zz\r\n'), body]),
    () => Buffer.concat([chunked, Buffer.from('ffffffffffffffff\r\n'), body]),
    () => Buffer.concat([head([['content-length', String(body.length + 10)]]), body]),
    () => Buffer.concat([head([['content-length', String(Math.max(0, body.length - 3))]]), body]),
    () =>
      Buffer.concat([
        head([
          ['content-length', '5'],
          ['transfer-encoding', 'chunked'],
        ]),
        body,
      ]),
    () => head([['content-length', String(body.length)]]).subarray(0, random.below(200)),
    () => body,
  ];
  return { to, bytes: random.pick(broken)(), isWhole: false };
}
