import type { Readable } from 'node:stream';
import {
  ConditionalCheckFailedException,
  DescribeEndpointsCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import type {
  BatchGetCommandInput,
  BatchGetCommandOutput,
  BatchWriteCommandInput,
  BatchWriteCommandOutput,
  DeleteCommandInput,
  DeleteCommandOutput,
  GetCommandInput,
  GetCommandOutput,
  PutCommandInput,
  PutCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateCommandInput,
  UpdateCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware } from '@smithy/core/retry';
import { sign } from 'aws4';

/** A command of the SDK's document client, by what it is called in DynamoDB's API. */
const command = <Input extends object, Output extends object>(operation: string) =>
  class {
    readonly operation = operation;
    declare readonly output: Output;
    constructor(readonly input: Input) {}
  };

export class GetCommand extends command<GetCommandInput, GetCommandOutput>('GetItem') {}
export class PutCommand extends command<PutCommandInput, PutCommandOutput>('PutItem') {}
export class UpdateCommand extends command<UpdateCommandInput, UpdateCommandOutput>('UpdateItem') {}
export class DeleteCommand extends command<DeleteCommandInput, DeleteCommandOutput>('DeleteItem') {}
export class QueryCommand extends command<QueryCommandInput, QueryCommandOutput>('Query') {}
export class BatchGetCommand extends command<BatchGetCommandInput, BatchGetCommandOutput>('BatchGetItem') {}
export class BatchWriteCommand extends command<BatchWriteCommandInput, BatchWriteCommandOutput>('BatchWriteItem') {}

interface Command<Output> {
  readonly operation: string;
  readonly input: object;
  readonly output: Output;
}

type Send = (operation: string, body: string) => Promise<object>;

/**
 * What the SDK's document client does, in a third of its CPU time: a request of this backend is little else than two
 * or three of these calls. Where to, as whom, how often and for how long is the client's own configuration, its own
 * parts send and retry, and `aws4` signs. Left out are its stack of middlewares, built anew for each call, the schemas by which it reads
 * and writes each field of what is JSON already, and the correction of a wrong clock.
 */
export class Documents {
  private prepared?: Promise<Send>;

  constructor(private readonly client: DynamoDBClient) {}

  /** @throws what the SDK's client throws: its exceptions, by `name`, and the errors of a connection */
  async send<Output>({ operation, input }: Command<Output>): Promise<Output> {
    this.prepared ??= prepare(this.client.config);
    const send = await this.prepared.catch((error) => {
      this.prepared = undefined;
      throw error;
    });
    return toNative(await send(operation, JSON.stringify(toAttributes(input)))) as Output;
  }
}

/** Finds out what is the same for each call: the endpoint, and the way through a retry. */
async function prepare(config: DynamoDBClient['config']): Promise<Send> {
  // Of all commands the one with no parameters of its own.
  const { url } = await getEndpointFromInstructions({}, DescribeEndpointsCommand, { ...config });
  const { protocol, hostname, port, pathname: path, host } = url;
  const method = 'POST';
  const to = { method, protocol, hostname, port: port ? Number(port) : undefined, path };
  const region = await config.region();
  const attempts = retryMiddleware(config)(async ({ request }) => {
    const { headers, body } = request as HttpRequest;
    const unsigned = { service: 'dynamodb', region, host, method, path, headers: { ...headers }, body };
    const signed = sign(unsigned, await config.credentials()).headers as HttpRequest['headers'];
    const { response } = await config.requestHandler.handle(new HttpRequest({ ...to, headers: signed, body }));
    return { response, output: await read(response) };
  }, {});
  return async (operation, body) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    return (await attempts({ request: new HttpRequest({ ...to, headers, body }), input: {} })).output;
  };
}

async function read(response: HttpResponse) {
  const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers['x-amzn-requestid'] };
  const answer = await whole(response.body);
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(answer);
  } catch (error) {
    throw Object.assign(error as Error, { $metadata, $response: response });
  }
  if (response.statusCode < 300) return { ...body, $metadata };
  const name = String(body.__type).replace(/^.*#/, '');
  const about = { message: String(body.message ?? body.Message ?? name), $metadata };
  if (name === 'ConditionalCheckFailedException') throw new ConditionalCheckFailedException(about);
  throw new DynamoDBServiceException({ ...about, name, $fault: response.statusCode < 500 ? 'client' : 'server' });
}

/** All of a stream, without the machinery of an iterator for what is one piece as a rule. */
const whole = (stream: Readable): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.on('error', reject);
  });

/** The fields, wherever they stand, that hold an item or a part of one; and those that hold a list of them. */
const ITEM = new Set([
  'Item',
  'Key',
  'Attributes',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
  'LastEvaluatedKey',
]);
const ITEMS = new Set(['Items', 'Keys']);

/** Changes the items in an input or an output, and nothing else. */
function mapItems(value: unknown, change: (item: any) => unknown, field = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ITEM.has(field)) return change(value);
  if (Array.isArray(value)) return value.map((one) => (ITEMS.has(field) ? change(one) : mapItems(one, change)));
  return Object.fromEntries(
    // A batch's items stand under the names of their tables.
    Object.entries(value).map(([key, one]) => [key, mapItems(one, change, field === 'Responses' ? 'Items' : key)]),
  );
}

const toAttributes = (input: object) => mapItems(input, (item) => marshall(item, { removeUndefinedValues: true }));

// A number that JavaScript cannot hold exactly is no reason not to read the item: the rule judges it.
const toNative = (output: object) => mapItems(output, (item) => unmarshall(item, { wrapNumbers: Number }));
