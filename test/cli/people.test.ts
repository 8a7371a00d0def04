import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stageOfTable, userNamed } from '../../cli/people';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'session-backend-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('knows no stage of a table in an app without cdk.json', () => {
  expect(stageOfTable('aerotage-user-sessions-dev', folder)).toBeUndefined();
});

it('finds the stage of a table by the names of the app and the stage, or by the table’s own', () => {
  const stages = { dev: { app: 'orders', signOutAtPool: true }, prod: { sessionsTable: { name: 'sessions-of-old' } } };
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ context: { stages } }));
  expect(stageOfTable('orders-user-sessions-dev', folder)).toEqual(stages.dev);
  expect(stageOfTable('sessions-of-old', folder)).toEqual(stages.prod);
  expect(stageOfTable('aerotage-user-sessions-prod', folder)).toBeUndefined();
});

it('says what to do if no pool answers who a user is', async () => {
  const find = () => Promise.reject(new Error('no call', { cause: new Error('connect ECONNREFUSED 127.0.0.1:3000') }));
  const asked = userNamed('ada', { find });
  await expect(asked).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:3000. Nothing was done. Start the local run');
});
