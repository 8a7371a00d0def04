import type { Facts } from './policies';
import { ACCOUNT, REGION } from './template';

/** What a request does with one table or index, and a role must allow. */
export interface Access {
  readonly action: string;
  readonly resource: string;
  /** What a policy's conditions may ask for. */
  readonly facts: Facts;
}

/** The actions of a transaction's parts; there is none for the transaction itself. */
const PART_ACTIONS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};
const EXPRESSIONS = [
  'ProjectionExpression',
  'ConditionExpression',
  'UpdateExpression',
  'FilterExpression',
  'KeyConditionExpression',
];
/** Words of expressions that name no attribute; a function's name is followed by a parenthesis. */
const KEYWORDS = /^(SET|REMOVE|ADD|DELETE|AND|OR|NOT|IN|BETWEEN)$/i;

/**
 * What a request works on, as IAM sees it.
 * @param body of the request, whatever it contains
 * @param partitionKeyOf the name of a table's partition key
 */
export function accessesOf(
  operation: string,
  body: any,
  partitionKeyOf: (tableName: string) => string | undefined = () => undefined,
): Access[] {
  if (Array.isArray(body.TransactItems)) {
    return body.TransactItems.flatMap((item: any) =>
      Object.entries<any>(item ?? {}).flatMap(([part, input]) =>
        PART_ACTIONS[part] ? [access(PART_ACTIONS[part], [input ?? {}], operation)] : [],
      ),
    );
  }
  if (typeof body.RequestItems === 'object' && body.RequestItems) {
    return Object.entries<any>(body.RequestItems).map(([TableName, input]) =>
      access(
        operation,
        piecesOf(input).map((piece) => ({ ...piece, TableName })),
      ),
    );
  }
  return [access(operation, [body])];

  function access(action: string, inputs: readonly any[], enclosing?: string): Access {
    const [tableName, indexName] = [textOf(inputs[0]?.TableName), textOf(inputs[0]?.IndexName)];
    const index = indexName && `/index/${indexName}`;
    const resource = tableName ? `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${tableName}${index}` : '*';
    const name = partitionKeyOf(tableName);
    const facts = {
      'dynamodb:Attributes': [...new Set(inputs.flatMap(attributesOf))],
      'dynamodb:LeadingKeys': [...new Set(inputs.flatMap((input) => leadingKeys(input, name)))],
      ...(enclosing && { 'dynamodb:EnclosingOperation': [enclosing] }),
    };
    return { action: `dynamodb:${action}`, resource, facts };
  }
}

/** A table's requests in a batch, each like a request of its own. */
function piecesOf(input: any): any[] {
  if (Array.isArray(input)) return input.map((one) => one?.PutRequest ?? one?.DeleteRequest ?? {});
  const { Keys = [], ...rest } = input ?? {};
  return [Keys].flat().map((Key: any) => ({ ...rest, Key }));
}

/** The attributes that a request reads or writes, as far as it names them: of a path, the first. */
function attributesOf(input: any): string[] {
  const listed = [input.Item, input.Key, input.AttributeUpdates, input.Expected, input.KeyConditions].flatMap((one) =>
    Object.keys(one ?? {}),
  );
  const names = input.ExpressionAttributeNames ?? {};
  const inExpressions = EXPRESSIONS.flatMap((expression) =>
    [...textOf(input[expression]).matchAll(/(?<![\w#:.])(#?[A-Za-z_]\w*)(?!\w*\s*\()/g)].flatMap(([, word = '']) =>
      KEYWORDS.test(word) ? [] : [textOf(names[word]) || word],
    ),
  );
  return [...listed, ...inExpressions, ...[input.AttributesToGet ?? []].flat().map(textOf)];
}

/** A request may contain anything, and not everything can be made a string. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The partition keys that a request names, as text. */
function leadingKeys(input: any, name: string | undefined): string[] {
  if (!name) return [];
  const condition = /(#?\w+)\s*=\s*(:\w+)/g;
  const names = input.ExpressionAttributeNames ?? {};
  const asked = [...textOf(input.KeyConditionExpression).matchAll(condition)].flatMap(([, word = '', value = '']) =>
    (names[word] ?? word) === name ? [input.ExpressionAttributeValues?.[value]] : [],
  );
  return [input.Item?.[name], input.Key?.[name], ...asked].flatMap((value) => Object.values(value ?? {}).map(textOf));
}
