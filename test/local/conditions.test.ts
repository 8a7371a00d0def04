import { accessesOf } from '../../local/accesses';
import { allows, type Facts, type Statement } from '../../local/policies';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table';
const key = (id: string) => ({ id: { S: id } });
const accesses = (operation: string, body: object) => accessesOf(operation, body, () => 'id');

describe('a policy’s condition', () => {
  const only = (operator: string, Effect = 'Allow'): Statement => ({
    Effect,
    Action: 'a:Read',
    Resource: 'r',
    Condition: { [operator]: { 'dynamodb:Attributes': ['id', 'name'] } },
  });
  const attributes = (...names: string[]): Facts => ({ 'dynamodb:Attributes': names });

  it.each<[string, Facts, boolean]>([
    ['ForAllValues:StringEquals', attributes('id'), true],
    ['ForAllValues:StringEquals', attributes('id', 'name'), true],
    ['ForAllValues:StringEquals', attributes('id', 'secret'), false],
    ['ForAllValues:StringEquals', {}, true],
    ['ForAnyValue:StringEquals', attributes('id', 'secret'), true],
    ['ForAnyValue:StringEquals', attributes('secret'), false],
    ['ForAnyValue:StringEquals', {}, false],
    ['StringEquals', attributes('id'), true],
    ['StringEquals', {}, false],
    ['StringNotEquals', attributes('secret'), true],
    ['StringNotEquals', attributes('id'), false],
    ['StringNotEquals', {}, true],
  ])('%s, for %j: %s', (operator, facts, allowed) => {
    expect(allows([only(operator)], 'a:Read', 'r', facts)).toBe(allowed);
  });

  it('keeps a deny from applying if it does not hold', () => {
    const all: Statement = { Effect: 'Allow', Action: 'a:Read', Resource: 'r' };
    expect(allows([all, only('StringEquals', 'Deny')], 'a:Read', 'r', attributes('secret'))).toBe(true);
    expect(allows([all, only('StringEquals', 'Deny')], 'a:Read', 'r', attributes('id'))).toBe(false);
  });
});

describe('what a role must allow', () => {
  it('is each part of a transaction, by its own action', () => {
    const items = [
      { Put: { TableName: 'one', Item: { ...key('a'), name: { S: 'x' } } } },
      { Delete: { TableName: 'two', Key: key('b') } },
      { Update: { TableName: 'two', Key: key('c'), UpdateExpression: 'SET n = :n' } },
      { ConditionCheck: { TableName: 'one', Key: key('d'), ConditionExpression: 'attribute_exists(id)' } },
    ];
    const parts = accesses('TransactWriteItems', { TransactItems: items });
    expect(parts.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `dynamodb:PutItem ${TABLE}/one`,
      `dynamodb:DeleteItem ${TABLE}/two`,
      `dynamodb:UpdateItem ${TABLE}/two`,
      `dynamodb:ConditionCheckItem ${TABLE}/one`,
    ]);
    expect(parts[0]?.facts).toEqual({
      'dynamodb:Attributes': ['id', 'name'],
      'dynamodb:LeadingKeys': ['a'],
      'dynamodb:EnclosingOperation': ['TransactWriteItems'],
    });
    const [read] = accesses('TransactGetItems', { TransactItems: [{ Get: { TableName: 'one', Key: key('a') } }] });
    expect(read?.action).toBe('dynamodb:GetItem');
  });

  it('is an index, for a query of it', () => {
    const [query] = accesses('Query', { TableName: 'one', IndexName: 'ByUser' });
    expect(query?.resource).toBe(`${TABLE}/one/index/ByUser`);
  });

  it('names the attributes of a batch of bare keys, and those of an item put by the same batch', () => {
    const batch = (...requests: object[]) => accesses('BatchWriteItem', { RequestItems: { one: requests } })[0]?.facts;
    const deletions = [{ DeleteRequest: { Key: key('a') } }, { DeleteRequest: { Key: key('b') } }];
    expect(batch(...deletions)).toEqual({ 'dynamodb:Attributes': ['id'], 'dynamodb:LeadingKeys': ['a', 'b'] });
    const withPut = batch(...deletions, { PutRequest: { Item: { ...key('c'), isActive: { BOOL: true } } } });
    expect(withPut?.['dynamodb:Attributes']).toEqual(['id', 'isActive']);
  });

  it.each<[object, string[]]>([
    [
      { Key: key('a'), ProjectionExpression: '#n, place.city, list[1]', ExpressionAttributeNames: { '#n': 'name' } },
      ['id', 'name', 'place', 'list'],
    ],
    [
      { Key: key('a'), UpdateExpression: 'SET seen = if_not_exists(first, :now) REMOVE old ADD n :one' },
      ['id', 'seen', 'first', 'old', 'n'],
    ],
    [
      { KeyConditionExpression: 'id = :id AND at BETWEEN :a AND :b', FilterExpression: 'NOT contains(tags, :t)' },
      ['tags', 'id', 'at'],
    ],
    [{ AttributesToGet: ['id', 'name'] }, ['id', 'name']],
  ])('names the attributes of %j', (body, names) => {
    expect(accesses('Query', { TableName: 'one', ...body })[0]?.facts['dynamodb:Attributes']).toEqual(names);
  });

  it.each([
    { TransactItems: [null, 1, { Put: null }, { Put: { Item: 'x' } }] },
    { RequestItems: { one: null, two: 'x', three: [null, { PutRequest: 1 }], four: { Keys: 7 } } },
    { RequestItems: 'x' },
    { TableName: { toString: 1 }, AttributesToGet: { toString: 1 }, Key: { id: { S: { toString: 1 } } } },
    { ProjectionExpression: { toString: 1 }, ExpressionAttributeNames: 'x', Key: 'y' },
  ])('is found for a request that makes no sense: %j', (body) => {
    expect(() => accesses('GetItem', body)).not.toThrow();
  });
});
