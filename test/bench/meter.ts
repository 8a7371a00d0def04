import {
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Index, readUnits, writeUnits } from '../../bench/model/units';
import { type Attributes, itemSize } from '../../bench/model/value';
import type { Watch } from '../../local/faults';

/** The cost of one database call. */
export interface Metered {
  readonly functionName: string;
  /** Such as "GetItem". */
  readonly operation: string;
  readonly readUnits: number;
  readonly writeUnits: number;
}

type Key = NonNullable<ConstructorParameters<typeof GetItemCommand>[0]>['Key'];

/** An item that a call writes. */
interface Written {
  readonly transacted: boolean;
  readonly table: string;
  readonly key: Key;
  readonly before: Attributes | undefined;
}

interface Call {
  readonly id: string;
  readonly functionName: string;
  readonly operation: string;
  readUnits: number;
  written: readonly Written[];
}

/**
 * Meters the calls of the embedded database, which does not count indexes: requests by name, and units by DynamoDB's
 * rules. It reads the items before a call is served, with a client that is not metered itself.
 */
export class Meter {
  private calls: Call[] | undefined;
  private client: DynamoDBClient | undefined;

  readonly watch: Watch = async ({ id, functionName, action, body }) => {
    // A call that is sent again because this machine is slow counts once.
    if (!this.calls || this.calls.some((call) => call.id === id)) return undefined;
    const operation = action.replace('dynamodb:', '');
    const call: Call = { id, functionName, operation, readUnits: 0, written: [] };
    this.calls.push(call);
    Object.assign(call, await this.lookAt(operation, JSON.parse(body)));
    return undefined;
  };

  /** @param connect makes a client of the watched database whose own calls are not watched */
  constructor(private readonly connect: () => DynamoDBClient) {}

  /** @returns the cost of each call that `run` makes, in order. Nothing else may write the same items meanwhile. */
  async during(run: () => Promise<unknown>): Promise<Metered[]> {
    this.calls = [];
    await run();
    const calls = this.calls;
    this.calls = undefined;
    return Promise.all(
      calls.map(async ({ functionName, operation, readUnits, written }, at) => {
        const later = calls.slice(at + 1).flatMap((call) => call.written);
        const units = await Promise.all(written.map((one) => this.unitsOf(one, later)));
        return { functionName, operation, readUnits, writeUnits: units.reduce((sum, each) => sum + each, 0) };
      }),
    );
  }

  private async lookAt(operation: string, input: any): Promise<Partial<Call>> {
    const { TableName, Key, Item, ConsistentRead = false, RequestItems = {}, TransactItems = [] } = input;
    switch (operation) {
      case 'GetItem':
        return { readUnits: await this.unitsOfReading(TableName, [Key], ConsistentRead) };
      case 'BatchGetItem': {
        const tables = Object.entries<any>(RequestItems).map(([table, { Keys, ConsistentRead: consistent = false }]) =>
          this.unitsOfReading(table, Keys, consistent),
        );
        return { readUnits: (await Promise.all(tables)).reduce((sum, each) => sum + each, 0) };
      }
      case 'Query':
        return { readUnits: await this.unitsOfQuery(input) };
      case 'PutItem':
        return { written: [await this.toBeWritten(TableName, Item)] };
      case 'UpdateItem':
      case 'DeleteItem':
        return { written: [await this.toBeWritten(TableName, Key)] };
      case 'BatchWriteItem': {
        const writes = Object.entries<any[]>(RequestItems).flatMap(([table, requests]) =>
          requests.map(({ PutRequest, DeleteRequest }) =>
            this.toBeWritten(table, PutRequest?.Item ?? DeleteRequest.Key),
          ),
        );
        return { written: await Promise.all(writes) };
      }
      case 'TransactGetItems': {
        const items = TransactItems.map(({ Get }: any) => this.unitsOfReading(Get.TableName, [Get.Key], true));
        const units = (await Promise.all(items)) as number[];
        // Each item is read twice: to prepare the transaction, and to complete it.
        return { readUnits: 2 * units.reduce((sum, each) => sum + each, 0) };
      }
      case 'TransactWriteItems': {
        const parts = TransactItems.flatMap((part: object) => Object.values(part)) as { [name: string]: any }[];
        const writes = parts.map(({ TableName: table, Item: item, Key: key }) =>
          this.toBeWritten(table, item ?? key, true),
        );
        return { written: await Promise.all(writes) };
      }
      default:
        throw new Error(`The meter does not know ${operation}.`);
    }
  }

  /** Each item is rounded up on its own, even in a batch. */
  private async unitsOfReading(table: string, keys: readonly Key[], consistent: boolean): Promise<number> {
    const items = await Promise.all(keys.map((key) => this.read(table, key)));
    return items.reduce((units, item) => units + readUnits(itemSize(item ?? {}), consistent), 0);
  }

  /** Everything that is read counts, even if not projected. An index counts its entries. */
  private async unitsOfQuery({ ProjectionExpression: _, ...input }: any): Promise<number> {
    if (input.FilterExpression) throw new Error('The meter does not know filters.');
    const { Items = [] } = await this.connected().send(new QueryCommand(input));
    const bytes = Items.reduce((sum, item) => sum + itemSize(unmarshall(item)), 0);
    return readUnits(bytes, input.ConsistentRead === true);
  }

  private async toBeWritten(table: string, item: NonNullable<Key>, transacted = false): Promise<Written> {
    const { KeySchema = [] } = await this.describe(table);
    const names = KeySchema.map(({ AttributeName = '' }) => AttributeName);
    const key = Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
    return { transacted, table, key, before: await this.read(table, key) };
  }

  /** The item after a write is the one that the next write finds, or the one at the end. */
  private async unitsOf({ transacted, table, key, before }: Written, later: readonly Written[]): Promise<number> {
    const next = later.find((one) => one.table === table && JSON.stringify(one.key) === JSON.stringify(key));
    const after = next ? next.before : await this.read(table, key);
    const units = writeUnits(before, after, indexesOf(await this.describe(table)));
    // A transaction also writes each item twice, but its index entries once.
    return transacted ? units + writeUnits(before, after, []) : units;
  }

  private async read(TableName: string, Key: Key): Promise<Attributes | undefined> {
    const { Item } = await this.connected().send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && unmarshall(Item);
  }

  private async describe(TableName: string) {
    return (await this.connected().send(new DescribeTableCommand({ TableName }))).Table ?? {};
  }

  private connected(): DynamoDBClient {
    this.client ??= this.connect();
    return this.client;
  }
}

export function indexesOf({ KeySchema = [], GlobalSecondaryIndexes = [] }: TableDescription): Index[] {
  const names = (schema: TableDescription['KeySchema'] = []) => schema.map(({ AttributeName = '' }) => AttributeName);
  return GlobalSecondaryIndexes.map(({ KeySchema: own, Projection }) => ({
    keys: names(own),
    holds:
      Projection?.ProjectionType === 'ALL' ? undefined : [...names(KeySchema), ...(Projection?.NonKeyAttributes ?? [])],
  }));
}
