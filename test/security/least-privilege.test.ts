import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import { readRoles } from '../../local/policies';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { putOver, SCENARIOS, type Setting } from '../support/scenarios';
import { startStack, synthesizedTemplate } from '../support/stack';
import { idsOf, Trouble } from '../support/trouble';

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
        .flatMap((action) => [Resource].flat().map((resource) => `${FunctionName} ${action} ${resource}`)),
    ),
  );
}

/** A registration whose session cannot be written: it takes its mark back. */
async function registerInVain(): Promise<void> {
  const device = await Device.signIn(stack, setting().username);
  // The authorizer's look, the mark, the session.
  const fault = { at: 2, fault: 'throttled' } as const;
  const { result } = await trouble.during(idsOf(device), () => device.register(), fault);
  expect(result.status).toBe(503);
}

it('every function may do on the tables what it does there, and nothing that no route and no cleanup ever does', async () => {
  for (const prepare of Object.values(SCENARIOS)) {
    const { act, success } = await prepare(setting());
    expect(success).toContain((await act()).status);
  }
  await registerInVain();
  await putOver(setting());
  for (const body of [{ dryRun: true }, {}]) {
    const { status } = await send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body });
    expect(status).toBe(200);
  }
  expect(trouble.seen.filter((call) => !call.allowed)).toEqual([]);
  const used = trouble.seen.flatMap(({ functionName, action, resources }) =>
    resources.map((resource) => `${functionName} ${action} ${resource}`),
  );
  expect([...new Set(used)].sort()).toEqual(allowed().sort());
});
