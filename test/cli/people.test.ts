import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserId, stageOfTable, userNamed } from '../../cli/people';

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

it.each(['d7f57c22-045d-4732-82f3-3d02380cc755', 'acme|00u1', 'acme|a|b'])('takes %s for an id', (text) => {
  expect(isUserId(text)).toBe(true);
});

it.each(['D7F57C22-045D-4732-82F3-3D02380CC755', 'acme|', '|00u1', 'Acme Inc|00u1', 'd7f57c22', 'ada'])(
  'asks the pool who %s is: under an id that nobody can have, there would never be a session',
  (text) => {
    expect(isUserId(text)).toBe(false);
  },
);
