import { readAssembly } from '../../local/assembly';
import { actionsByFunction } from '../support/actions';
import { synthesizeStage } from '../support/stack';

it.each([
  ['deny', []],
  ['end-oldest', ['dynamodb:DeleteItem']],
] as const)('the stack allows a registration more only if the stage has a session limit: %s', (whenReached, more) => {
  const limited = readAssembly(synthesizeStage({ sessionLimit: { most: 3, whenReached } }));
  const reads = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'];
  expect(actionsByFunction(limited.resources)['aerotage-createsession-test']).toEqual({
    sessions: [...reads, ...more].sort(),
    index: ['dynamodb:Query'],
    signIns: reads,
  });
});
