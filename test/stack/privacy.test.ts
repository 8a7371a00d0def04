import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DEFAULT_POLICY, newSession } from '../../lambda/domain/session';
import { knownDevices } from '../../lambda/dynamodb/known-devices';
import { dynamoSessionStore } from '../../lambda/dynamodb/session-store';
import { messageNotes } from '../../lambda/receivers/message-notes';
import { LIMITS, NOW } from '../support/sessions';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'privacy.md'), 'utf8');

/** The attributes that the page names of a table, in the table of its section. */
function documented(table: string): string[] {
  const [, section = ''] = page.split(`**The table \`{app}-${table}-{stage}\`**`);
  const [rows = ''] = section.split(/^\*\*/m);
  return [...rows.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}

/** The attributes that are written to each table, by everything that writes to it. */
async function written(): Promise<Record<string, Set<string>>> {
  const tables: Record<string, Set<string>> = { sessions: new Set(), signIns: new Set() };
  const note = ({ TableName, Item, Key, UpdateExpression = '' }: any) => {
    for (const name of Object.keys(Item ? unmarshall(Item) : (Key ?? {}))) tables[TableName]?.add(name);
    for (const [, name = ''] of UpdateExpression.matchAll(/(\w+) = :/g)) tables[TableName]?.add(name);
  };
  const calls: any = {
    until: () => calls,
    async call(operation: string, input: any) {
      if (operation === 'TransactWriteItems') for (const { Put } of input.TransactItems) Put && note(Put);
      else note(input);
      // A device that is not known is put, too.
      if (input.ConditionExpression?.includes('firstSession')) {
        throw Object.assign(new Error(), { name: 'ConditionalCheckFailedException' });
      }
      return {};
    },
  };
  const store = dynamoSessionStore(calls, { sessions: 'sessions', userIndex: '', signIns: 'signIns', signInDays: 30 });
  const locationData = { country: 'DE', city: 'Berlin' };
  const device = { ipAddress: '192.0.2.1', userAgent: 'Firefox', deviceName: 'Mine', locationData };
  const who = { sessionId: 'session-1', userId: 'user-1', signedInAt: NOW };
  const session = newSession(who, device, LIMITS, NOW, DEFAULT_POLICY);
  const list = { before: undefined, after: { sessionIds: ['session-1'], purgeAt: 1 }, ended: [] };
  await store.register(session, NOW, list);
  await store.recordActivity(session, { ...session, move: { lastIpAddress: '192.0.2.2', locationData } });
  await store.markRevoked('session-1', 'user-1', 'requested', NOW, NOW);
  await store.closeSignIn('session-1', 'user-1', NOW);
  const sighting = { userId: 'user-1', sessionId: 'session-1', device: ['Firefox'], country: 'DE', at: NOW };
  await knownDevices(calls, { table: 'signIns', days: 180 })(sighting);
  const message: any = { receiver: { issuer: 'https://id.example' }, claims: { jti: 'message-1', iat: NOW / 1_000 } };
  await messageNotes(calls, 'signIns')(message, 'request');
  return tables;
}

it.each([
  ['user-sessions', 'sessions'],
  ['sign-ins', 'signIns'],
])('docs/privacy.md names what is stored in %s, and nothing else', async (name, table) => {
  const stored = (await written())[table] ?? new Set();
  expect(documented(name).sort()).toEqual([...stored].sort());
});

it('docs/privacy.md says how long the tables, hashes and logs are kept', async () => {
  for (const option of ['signInDays', 'deviceMemoryDays', 'logDays']) expect(page).toContain(`\`${option}\``);
});
