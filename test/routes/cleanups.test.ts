import { DeleteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { readAssembly } from '../../local/assembly';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { itemOf, putOver, putRun, type Setting } from '../support/scenarios';
import { HOUR } from '../support/sessions';
import { cleanupRunsTable, startStack, synthesizeStage } from '../support/stack';
import { Trouble } from '../support/trouble';

const CLEANUP = 'aerotage-session-cleanup-dev';
const COUNT = { dryRun: true };

const trouble = new Trouble();
const lines: string[] = [];
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let admin: Device;

beforeAll(async () => {
  stack = await startStack({ watch: trouble.watch, log: (line) => lines.push(line) });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  admin = await Device.register(stack, 'an admin', { groups: ['admin'] });
});
beforeEach(async () => {
  // Nothing was cleaned up before.
  for (const TableName of [cleanupRunsTable(), stack.sessionsTable]) {
    for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) {
      const past = Items.filter(({ sessionId }) => sessionId !== admin.signInId);
      for (const { kind, slot, sessionId } of past) {
        await documents.send(new DeleteCommand({ TableName, Key: sessionId ? { sessionId } : { kind, slot } }));
      }
    }
  }
  trouble.seen.length = 0;
  lines.length = 0;
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

const setting = (username: string): Setting => ({ stack, documents, username });
const putThreeOver = () => Promise.all(['a', 'b', 'c'].map((name) => putOver(setting(name))));
const fire = (body: object) => send(`${stack.url}/_local/events/${CLEANUP}`, { method: 'POST', body });
const ask = () => admin.call('POST', '/cleanups', COUNT);
const runs = async () => (await admin.call('GET', '/cleanups')).body.data;
/** How often the table was swept: each time in 32 segments. */
const sweeps = () => trouble.seen.filter(({ action }) => action === 'dynamodb:Scan').length / 32;

/** Waits for a run to come to its end; gives it as the list shows it. */
async function ended(id: string): Promise<any> {
  let found: any;
  await until(async () => {
    found = (await runs()).find((run: any) => run.id === id);
    return found?.state !== 'running';
  });
  return found;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('What was waited for does not come.');
}

describe('the list of cleanups', () => {
  it('is empty before the first', async () => {
    expect(await runs()).toEqual([]);
  });

  it('has a scheduled run with its numbers and its times, and nobody who asked for it', async () => {
    await putThreeOver();
    const { body: result } = await fire({});
    const [run, ...more] = await runs();
    expect(more).toEqual([]);
    expect(run).toMatchObject({ state: 'completed', dryRun: false, result });
    expect(result).toMatchObject({ inactiveSessions: 3, deletedSessions: 3, errors: 0 });
    expect(run).not.toHaveProperty('requestedBy');
    expect(Date.parse(run.finishedAt)).toBeGreaterThanOrEqual(Date.parse(run.startedAt));
  });

  it('tells a run that died from one that is at work', async () => {
    await putRun(documents, { id: 'at work', startedAt: Date.now(), deadline: Date.now() + HOUR });
    await putRun(documents, { id: 'dead', startedAt: Date.now() - 7 * HOUR, deadline: Date.now() - HOUR });
    expect(await runs()).toMatchObject([
      { id: 'at work', state: 'running' },
      { id: 'dead', state: 'unfinished' },
    ]);
  });
});

describe('a dry run that an admin requests', () => {
  it('says what would go and why, deletes nothing, and is no cleanup to any metric', async () => {
    const over = await putThreeOver();
    const { status, body } = await ask();
    expect([status, body.data.state, body.data.requestedBy]).toEqual([202, 'running', admin.userId]);
    const run = await ended(body.data.id);
    expect(run).toMatchObject({ state: 'completed', dryRun: true, requestedBy: admin.userId });
    expect(run.result).toMatchObject({ totalSessions: 4, inactiveSessions: 3, deletedSessions: 0, errors: 0 });
    for (const id of over) expect(await itemOf(setting(''), id)).toBeDefined();
    // The lines of the dry run have come before those of a cleanup after it.
    await fire({});
    const measured = () => lines.filter((line) => line.includes('"Runs":1'));
    await until(() => measured().length > 0);
    expect(measured()).toHaveLength(1);
  });

  it('is made once when many ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, ask));
    // Who asks in the moment in which it ends is asked to ask again.
    const ids = answers.filter(({ status }) => status === 202).map(({ body }) => body.data.id);
    for (const id of ids) await ended(id);
    expect(new Set(ids).size).toBe(1);
    expect(sweeps()).toBe(1);
  });

  it('begins though the answer of its record was lost', async () => {
    const lost = { at: 1, fault: 'cut off' } as const;
    const { result: first } = await trouble.during([admin.signInId, admin.userId], ask, lost);
    expect([first.status, first.body.error.code]).toEqual([503, 'TRY_AGAIN']);
    const { body } = await ask();
    expect(await ended(body.data.id)).toMatchObject({ state: 'completed' });
    expect(sweeps()).toBe(1);
  });

  it('waits for no dry run that has crashed', async () => {
    await putRun(documents, { id: 'dead', requestedBy: 'another', deadline: Date.now() - 1 });
    const { body } = await ask();
    expect(body.data.id).not.toBe('dead');
    expect(await ended(body.data.id)).toMatchObject({ state: 'completed' });
    expect((await runs()).map(({ id }: any) => id)).toEqual([body.data.id]);
  });

  it('leaves the list of scheduled runs as it is', async () => {
    await fire({});
    await ended((await ask()).body.data.id);
    await ended((await ask()).body.data.id);
    expect((await runs()).map(({ dryRun }: any) => dryRun)).toEqual([true, false]);
  });

  it.each<[string, unknown, RegExp]>([
    ['a real cleanup', { dryRun: false }, /^dryRun must be true/],
    ['one by a word', { dryRun: 'true' }, /^dryRun must be true/],
    ['nothing', {}, /^dryRun is missing\.$/],
    ['something besides', { dryRun: true, table: 'x' }, /^The body must have dryRun only, not "table"\.$/],
  ])('is not %s', async (_, body, message) => {
    const reply = await admin.call('POST', '/cleanups', body);
    expect([reply.status, reply.body.error.code]).toEqual([400, 'INVALID_PROFILE_DATA']);
    expect(reply.body.error.message).toMatch(message);
    expect(await runs()).toEqual([]);
  });
});

it('a stage whose table has no stream has all of it too', () => {
  const { resources } = readAssembly(synthesizeStage({ sessionsTable: { name: 'sessions-of-old' } }));
  const named = (name: string) =>
    Object.values(resources).find(({ Properties }) => Object.values(Properties).includes(name))?.Properties;
  expect(named('aerotage-announcesessions-test')).toBeUndefined();
  const bus = resources[named('aerotage-session-cleanup-requests-test')?.EventBusName.Ref];
  expect(bus?.Type).toBe('AWS::Events::EventBus');
  expect(named('aerotage-requestdryrun-test')?.Environment.Variables.EVENT_BUS).toBe(bus?.Properties.Name);
  expect(named('aerotage-cleanup-runs-test')).toMatchObject({ BillingMode: 'PAY_PER_REQUEST' });
});
