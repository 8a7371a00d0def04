import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import { readRoles } from '../../local/policies';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { putOver, SCENARIOS, type Setting } from '../support/scenarios';
import { startStack, synthesizedTemplate } from '../support/stack';
import { Trouble } from '../support/trouble';

const trouble = new Trouble();
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const setting = (): Setting => ({ stack, documents, username: `user-${++users}` });

beforeAll(async () => {
  stack = await startStack({ watch: trouble.watch, log: () => undefined });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

/** What the functions' roles allow on tables, each action on each resource by itself. */
function allowed(): string[] {
  const template = synthesizedTemplate();
  const statementsOf = readRoles(template);
  return template.all('AWS::Lambda::Function').flatMap(([, { FunctionName, Role }]) =>
    statementsOf(Role).flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .filter((action) => action.startsWith('dynamodb:'))
        .flatMap((action) => [Resource].flat().map((resource) => `${FunctionName} ${action} ${resource}`))
        // A stream is read by the service that calls the function, in the function's name.
        .filter((allowance) => !/\/stream\/|:ListStreams /.test(allowance)),
    ),
  );
}

/** Something happens to a user in Cognito: their sessions are ended by the function that is told of it. */
async function disableSomeone(): Promise<void> {
  const device = await Device.register(stack, setting().username);
  const rule = stack.ruleNames.find((name) => name.includes('user-events'));
  const body = { eventName: 'AdminDisableUser', requestParameters: {}, additionalEventData: { sub: device.userId } };
  const fired = await send(`${stack.url}/_local/events/${rule}`, { method: 'POST', body });
  expect(fired.body).toEqual({ ended: 1 });
  expect((await device.list()).status).toBe(401);
}

it('every function may do on the tables what it does there, and nothing that no route and no cleanup ever does', async () => {
  for (const prepare of Object.values(SCENARIOS)) {
    const { act, success } = await prepare(setting());
    expect(success).toContain((await act()).status);
  }
  await putOver(setting());
  for (const body of [{ dryRun: true }, {}]) {
    const { status } = await send(
      `${stack.url}/_local/events/${stack.ruleNames.find((name) => name.includes('cleanup'))}`,
      { method: 'POST', body },
    );
    expect(status).toBe(200);
  }
  await disableSomeone();
  expect(trouble.seen.filter((call) => !call.allowed)).toEqual([]);
  const used = trouble.seen.flatMap(({ functionName, accesses }) =>
    accesses.map(({ action, resource }) => `${functionName} ${action} ${resource}`),
  );
  expect([...new Set(used)].sort()).toEqual(allowed().sort());
});
