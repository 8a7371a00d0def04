import { createKey, validateKey } from 'dynalite/db';
import type { Engine, Operation } from './engine';
import { EngineError, isConditionError, isEngineError } from './engine-error';
import type { EngineItem, Staged, TableDefinition } from './engine-store';
import { requestTokens } from './request-tokens';

const MOST_PARTS = 100;
const ONE_ITEM_TWICE = 'Transaction request cannot include multiple operations on one item';

type PartName = 'Put' | 'Update' | 'Delete' | 'ConditionCheck' | 'Get';

/** The operation that does a part's work; a check is a deletion that stops before it deletes. */
const OPERATIONS: Readonly<Record<PartName, Operation>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
  Get: 'GetItem',
};
const WRITES = ['ConditionCheck', 'Put', 'Delete', 'Update'] as const;

/** The parameters that a part shares with its operation; the older ones are not among them. */
const PARAMETERS = [
  'TableName',
  'Key',
  'Item',
  'UpdateExpression',
  'ConditionExpression',
  'ProjectionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
];

interface Part {
  readonly name: PartName;
  readonly operation: Operation;
  readonly input: Record<string, any>;
  /** The key within its table, in the engine's spelling. */
  readonly key: string;
  readonly returnsItem: boolean;
}

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: EngineItem;
}

/** The operations that work on several items at once, all or nothing. */
export interface Transactions {
  /** @throws an engine error */
  readonly write: (input: any) => Promise<object>;
  /** @throws an engine error */
  readonly get: (input: any) => Promise<object>;
}

/**
 * TransactWriteItems and TransactGetItems for the engine, which has neither. A transaction holds the locks of its items
 * from its first read to its single write, so others come before it or after it: none conflicts.
 * @param now epoch milliseconds
 */
export function transactionsOf(engine: Engine, now: () => number = Date.now): Transactions {
  const tokens = requestTokens(now);
  return {
    async write(input) {
      const { ClientRequestToken, ...rest } = input;
      const capacity = capacityMode(input);
      return tokens.once(ClientRequestToken, rest, async (isRepeated) => {
        if (isRepeated) return {};
        const parts = await readParts(input, WRITES);
        return holding(parts, async () => {
          const stages = parts.map((): Staged => ({ writes: [], changes: [] }));
          const outcomes = await Promise.all(parts.map((part, index) => attempt(part, capacity, stages[index])));
          const reasons = outcomes.map(({ reason }) => reason ?? { Code: 'None' });
          if (outcomes.some(({ reason }) => reason)) throw cancelled(reasons);
          const written = stages.filter((_, index) => parts[index]?.name !== 'ConditionCheck');
          await engine.commit({
            writes: written.flatMap(({ writes }) => writes),
            changes: written.flatMap(({ changes }) => changes),
          });
          return consumed(outcomes, 'WriteCapacityUnits');
        });
      });
    },
    async get(input) {
      const capacity = capacityMode(input);
      const parts = await readParts(input, ['Get']);
      return holding(parts, async () => {
        const outcomes = await Promise.all(parts.map((part) => attempt(part, capacity)));
        const reasons = outcomes.map(({ reason }) => reason ?? { Code: 'None' });
        if (outcomes.some(({ reason }) => reason)) throw cancelled(reasons);
        const Responses = outcomes.map(({ answer }) => (answer?.Item ? { Item: answer.Item } : {}));
        return { Responses, ...consumed(outcomes, 'ReadCapacityUnits') };
      });
    },
  };

  async function readParts({ TransactItems: items }: any, names: readonly PartName[]): Promise<Part[]> {
    if (!Array.isArray(items) || items.length < 1 || items.length > MOST_PARTS) {
      throw EngineError.validation(
        `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must be a list with length between 1 and ${MOST_PARTS}`,
      );
    }
    const parts = await Promise.all(items.map((item) => readPart(item, names)));
    const places = new Set(parts.map(({ input, key }) => JSON.stringify([input.TableName, key])));
    if (places.size < parts.length) throw EngineError.validation(ONE_ITEM_TWICE);
    return parts;
  }

  async function readPart(item: any, names: readonly PartName[]): Promise<Part> {
    const named = names.filter((one) => item?.[one] !== undefined && item[one] !== null);
    const [name] = named;
    const given = name && item[name];
    if (!name || named.length > 1 || typeof given !== 'object') {
      throw EngineError.validation(`TransactItems can only contain one of ${names.join(', ')}`);
    }
    if (name === 'ConditionCheck' && typeof given.ConditionExpression !== 'string') {
      throw EngineError.validation('The ConditionExpression of a ConditionCheck must not be null');
    }
    const operation = OPERATIONS[name];
    const shared = Object.fromEntries(PARAMETERS.flatMap((one) => (one in given ? [[one, given[one]]] : [])));
    const input = engine.check(operation, shared);
    const table = await tableOf(input.TableName);
    const key = keyOf(input, table);
    return { name, operation, input, key, returnsItem: given.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' };
  }

  function tableOf(name: string): Promise<TableDefinition> {
    return new Promise((resolve, reject) => {
      engine.store.getTable(name, (error, table) => (error ? reject(error) : resolve(table)));
    });
  }

  /** Holds the locks of all items during the work. All of them are asked for in one turn, so no two wait in a circle. */
  async function holding<T>(parts: readonly Part[], work: () => Promise<T>): Promise<T> {
    const free: (() => void)[] = [];
    await new Promise<void>((resolve) => {
      for (const { input, key } of parts) {
        engine.store.getItemDb(input.TableName).lock(key, (release) => {
          free.push(() => release(() => undefined)());
          if (free.length === parts.length) resolve();
        });
      }
    });
    try {
      return await work();
    } finally {
      for (const release of free) release();
    }
  }

  /** Runs a part without writing: what it would write is in the stage. */
  async function attempt(
    { operation, input, returnsItem }: Part,
    ReturnConsumedCapacity: string | undefined,
    stage: Staged = { writes: [], changes: [] },
  ): Promise<{ answer?: any; reason?: Reason }> {
    try {
      const answer = await engine.run(
        operation,
        { ...input, ReturnConsumedCapacity, ConsistentRead: true },
        { stage, returnsItem },
      );
      return { answer };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      const { __type: type, message, Item } = error.body as EngineError['body'] & { Item?: EngineItem };
      if (isConditionError(error)) {
        return { reason: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item } };
      }
      if (type.endsWith('#ValidationException'))
        return { reason: { Code: 'ValidationError', Message: String(message) } };
      throw error;
    }
  }
}

function keyOf({ Item, Key }: Record<string, any>, table: TableDefinition): string {
  const names = table.KeySchema.map(({ AttributeName }) => AttributeName);
  const missing = Item && names.find((name) => !Item[name]);
  if (missing) {
    throw EngineError.validation(`One or more parameter values were invalid: Missing the key ${missing} in the item`);
  }
  const key = Item ? Object.fromEntries(names.map((name) => [name, Item[name]])) : Key;
  const invalid = validateKey(key, table);
  if (invalid) throw invalid;
  return createKey(key, table);
}

function capacityMode({ ReturnConsumedCapacity: mode }: any): string | undefined {
  if (mode === undefined || mode === null || ['INDEXES', 'TOTAL', 'NONE'].includes(mode)) return mode ?? undefined;
  throw EngineError.validation(
    "1 validation error detected: Value at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
  );
}

/** Twice what the parts would consume alone: once to prepare, once to commit. One entry for each table. */
function consumed(outcomes: readonly { answer?: any }[], kind: 'ReadCapacityUnits' | 'WriteCapacityUnits'): object {
  const units = new Map<string, number>();
  for (const { ConsumedCapacity } of outcomes.map(({ answer }) => answer ?? {})) {
    if (!ConsumedCapacity) continue;
    const { TableName, CapacityUnits } = ConsumedCapacity;
    units.set(TableName, (units.get(TableName) ?? 0) + 2 * CapacityUnits);
  }
  if (units.size === 0) return {};
  const entries = [...units].map(([TableName, sum]) => ({ TableName, CapacityUnits: sum, [kind]: sum }));
  return { ConsumedCapacity: entries };
}

function cancelled(reasons: readonly Reason[]): EngineError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return EngineError.of('TransactionCanceledException', {
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}
