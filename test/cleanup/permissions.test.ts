import { allows, readRoles } from '../../local/policies';
import { synthesizedTemplate } from '../support/stack';

const template = synthesizedTemplate();
const functions = template.all('AWS::Lambda::Function').map(([, properties]) => properties);
const statementsOf = (name: string) => {
  const { Role } = functions.find(({ FunctionName }) => FunctionName.includes(name)) ?? {};
  return readRoles(template)(Role);
};
describe('the cleanup’s permission to write batches', () => {
  const statements = statementsOf('sessioncleanup');
  const table = statements.find(({ Action }) => Action === 'dynamodb:BatchWriteItem')?.Resource as string;
  const mayWrite = (...attributes: string[]) =>
    allows(statements, 'dynamodb:BatchWriteItem', table, { 'dynamodb:Attributes': attributes });

  it('covers deletes, which name the key', () => expect(mayWrite('sessionId')).toBe(true));

  it('covers no session that it would put', () => expect(mayWrite('sessionId', 'userId')).toBe(false));
});
