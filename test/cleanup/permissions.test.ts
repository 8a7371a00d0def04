import { allows, readRoles } from '../../local/policies';
import { synthesizedTemplate } from '../support/stack';

const template = synthesizedTemplate();
const functions = template.all('AWS::Lambda::Function').map(([, properties]) => properties);
const statementsOf = (name: string) => {
  const { Role } = functions.find(({ FunctionName }) => FunctionName.includes(name)) ?? {};
  return readRoles(template)(Role);
};
const of = (type: string, what: string) =>
  template.all(type).find(([, properties]) => JSON.stringify(properties).includes(what))?.[1] ?? {};

describe('the cleanup’s permission to write batches', () => {
  const statements = statementsOf('sessioncleanup');
  const table = statements.find(({ Action }) => Action === 'dynamodb:BatchWriteItem')?.Resource as string;
  const mayWrite = (...attributes: string[]) =>
    allows(statements, 'dynamodb:BatchWriteItem', table, { 'dynamodb:Attributes': attributes });

  it('covers deletes, which name the key', () => expect(mayWrite('sessionId')).toBe(true));

  it('covers no session that it would put', () => expect(mayWrite('sessionId', 'userId')).toBe(false));
});

describe('the permission of the function that requests a dry run', () => {
  const [{ EventPattern }] = [of('AWS::Events::Rule', 'Cleanup Requested')];
  const statements = statementsOf('requestcleanup');
  const bus = statements.find(({ Action }) => Action === 'events:PutEvents')?.Resource as string;
  const mayPut = (source: string, type: string) =>
    allows(statements, 'events:PutEvents', bus, { 'events:source': [source], 'events:detail-type': [type] });
  const [source] = EventPattern.source;

  it('covers the event that its rule waits for', () => expect(mayPut(source, 'Cleanup Requested')).toBe(true));

  it('covers no event that ends sessions, and none of another source', () => {
    expect(mayPut(source, 'End Sessions')).toBe(false);
    expect(mayPut('another', 'Cleanup Requested')).toBe(false);
    expect(allows(statements, 'events:PutEvents', bus)).toBe(false);
  });
});
