import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { RecordedRun } from '../../lambda/cleanup/recorded-run';
import { RunLog } from '../../lambda/cleanup/run-log';
import { HOUR, MINUTE, NOW } from '../support/sessions';
import { cleanupRunsTable, startDatabase } from '../support/stack';

let database: Awaited<ReturnType<typeof startDatabase>>;
let log: RunLog;

beforeEach(async () => {
  database = await startDatabase();
  log = new RunLog(database.calls, cleanupRunsTable());
});
afterEach(() => database.close());

const run = (changes: Partial<RecordedRun> = {}): RecordedRun => ({
  id: 'run',
  execution: 'execution',
  state: 'running',
  dryRun: false,
  startedAt: NOW,
  deadline: NOW + HOUR,
  ...changes,
});
const request = (changes: Partial<RecordedRun> = {}) => {
  const asked = {
    id: 'dry run',
    execution: undefined,
    state: 'requested',
    dryRun: true,
    requestedBy: 'admin',
  } as const;
  return { ...run(asked), ...changes, requestedBy: 'admin' as const };
};
const latestIds = async () => (await log.latest()).map(({ id }) => id);

describe('the cleanup’s runs in their table', () => {
  it('come back as they were recorded, the newest first, the requested dry run where its time is', async () => {
    const result = { totalSessions: 5, expiredSessions: 1, inactiveSessions: 1, orphanedSessions: 1 };
    const ended = { state: 'failed', result: { ...result, deletedSessions: 2, errors: 1 }, failure: 'No.' } as const;
    await log.record(run({ id: 'oldest', startedAt: NOW - 2 * HOUR, ...ended }));
    await log.record(run({ id: 'newest' }));
    await log.request(request({ startedAt: NOW - HOUR }), NOW - HOUR);
    expect(await latestIds()).toEqual(['newest', 'dry run', 'oldest']);
    expect((await log.latest())[2]).toMatchObject({ id: 'oldest', dryRun: false, ...ended });
  });

  it('are the last 30, however many there were', async () => {
    for (let hour = 0; hour < 40; hour++) await log.record(run({ id: `run ${hour}`, startedAt: NOW + hour * HOUR }));
    await log.request(request(), NOW);
    const ids = await latestIds();
    expect(ids).toHaveLength(31);
    expect(ids[0]).toBe('run 39');
    expect(ids).toContain('dry run');
  });

  it('are one item each, however often they are recorded, and are forgotten after 90 days', async () => {
    for (const state of ['running', 'running', 'completed'] as const) await log.record(run({ state }));
    const items: any[] = [];
    const documents = DynamoDBDocumentClient.from(database.client);
    for await (const page of paginateScan({ client: documents }, { TableName: cleanupRunsTable() })) {
      items.push(...(page.Items ?? []));
    }
    expect(items).toMatchObject([{ state: 'completed', purgeAt: NOW / 1_000 + 90 * 86_400 }]);
  });
});

describe('a requested dry run', () => {
  it.each<[string, Partial<RecordedRun>]>([
    ['waited for', {}],
    ['at work', { state: 'running' }],
  ])('is the one that is %s already', async (_, changes) => {
    await log.request(request(), NOW);
    if (changes.state) await log.record(request({ ...changes, execution: 'execution' }));
    expect(await log.request(request({ id: 'another' }), NOW + MINUTE)).toMatchObject({ id: 'dry run', ...changes });
    expect(await latestIds()).toEqual(['dry run']);
  });

  it.each<[string, Partial<RecordedRun>]>([
    ['has come to its end', { state: 'completed' }],
    ['has failed', { state: 'failed' }],
    ['has died', { deadline: NOW }],
  ])('takes the place of one that %s', async (_, changes) => {
    await log.request(request(changes), NOW - HOUR);
    expect(await log.request(request({ id: 'another' }), NOW)).toMatchObject({ id: 'another' });
    expect(await latestIds()).toEqual(['another']);
  });

  it('is one when many ask at once', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `dry run ${index}`);
    const answers = await Promise.all(ids.map((id) => log.request(request({ id }), NOW)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  it('is begun by one execution, which may say so again, and ended by no other', async () => {
    await log.request(request(), NOW);
    const by = (execution: string, state: RecordedRun['state']) => log.record(request({ execution, state }));
    expect(await by('first', 'running')).toBe(true);
    expect(await by('first', 'running')).toBe(true);
    expect(await by('second', 'running')).toBe(false);
    expect(await by('second', 'completed')).toBe(false);
    expect(await by('first', 'completed')).toBe(true);
    expect(await log.latest()).toMatchObject([{ execution: 'first', state: 'completed' }]);
  });

  it('does not begin when nobody has asked for it, or another one has taken its place', async () => {
    expect(await log.record(request({ execution: 'first' }))).toBe(false);
    await log.request(request({ id: 'another' }), NOW);
    expect(await log.record(request({ execution: 'first' }))).toBe(false);
    expect(await latestIds()).toEqual(['another']);
  });
});
