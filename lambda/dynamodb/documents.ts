import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
import type { Calls } from '../aws/calls';
import { callsOf } from './client';

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

/** What the SDK's document client does: calls with items as plain values. */
export class Documents {
  private readonly calls: Calls;

  constructor(client: DynamoDBClient) {
    this.calls = callsOf(client);
  }

  /** @throws as `Calls` does */
  async send<Output>({ operation, input }: Command<Output>): Promise<Output> {
    return toNative(await this.calls.call(operation, toAttributes(input))) as Output;
  }
}

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

const toAttributes = (input: object) =>
  mapItems(input, (item) => marshall(item, { removeUndefinedValues: true })) as object;

// A number that JavaScript cannot hold exactly is no reason not to read the item: the rule judges it.
const toNative = (output: object) => mapItems(output, (item) => unmarshall(item, { wrapNumbers: Number }));
