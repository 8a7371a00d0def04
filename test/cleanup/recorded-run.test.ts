import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { type Calls, ServiceError } from '../../lambda/aws/calls';
import { systemClock } from '../../lambda/aws/retry';
import type { RecordedRun } from '../../lambda/cleanup/recorded-run';
import { type CleanupResult, NOTHING_CLEANED } from '../../lambda/cleanup/recorded-run';
import { type CleanupDeps, cleanupRun } from '../../lambda/cleanup/run';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { HOUR, NOW } from '../support/sessions';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const REFUSED = Object.assign(new Error('Not for you.'), { name: 'AccessDeniedException', $fault: 'client' });
const GONE = new ServiceError('ResourceNotFoundException', 'There is no such table.', 400);
const SCANS: Refuses = (operation) => operation === 'Scan';
const OVER = [{ sessionId: { S: 'over' }, isActive: { BOOL: false } }];
const ONE = { ...NOTHING_CLEANED, totalSessions: 1, inactiveSessions: 1 };

type Refuses = (operation: string, segment: number) => boolean;

/** A table with one session that is over, in its first segment, and the calls that it refuses. */
const tableThat = (refuses?: Refuses, error: Error = REFUSED): Pick<Calls, 'call'> => ({
  async call<Output>(operation: string, { Segment = 0 }: { Segment?: number }) {
    if (refuses?.(operation, Segment)) throw error;
    return (operation === 'Scan' && Segment === 0 ? { Items: OVER, ScannedCount: 1 } : {}) as Output;
  },
});

/** Runs the cleanup; gives how it ended, what was recorded of it, and what it told. */
async function run(changes: Partial<CleanupDeps> = {}, detail: object = {}) {
  const recorded: RecordedRun[] = [];
  const troubles: string[] = [];
  let measured = 0;
  let time = NOW;
  const handlerFunction = withDurableExecution(
    cleanupRun(
      {
        client: tableThat(),
        clock: { ...systemClock, now: () => time++ },
        log: { record: async (one) => recorded.push(one) > 0 },
        onFailure: () => undefined,
        onFinish: () => void measured++,
        onTrouble: (message) => void troubles.push(message),
        ...changes,
      },
      { tableName: 'sessions', policy: DEFAULT_POLICY, longestMs: 6 * HOUR },
    ),
  );
  const execution = await new LocalDurableTestRunner<CleanupResult>({ handlerFunction }).run({ payload: { detail } });
  const status = execution.getStatus();
  return { status, result: status === 'SUCCEEDED' ? execution.getResult() : undefined, recorded, troubles, measured };
}

describe('a cleanup’s record', () => {
  it('says when it began and that it runs, then how it ended: one run', async () => {
    const { recorded } = await run();
    const [begun, ended] = recorded;
    expect(recorded).toHaveLength(2);
    expect(begun).toMatchObject({ state: 'running', dryRun: false, startedAt: NOW, deadline: NOW + 6 * HOUR });
    expect(begun).not.toHaveProperty('requestedBy', expect.anything());
    const result = { ...ONE, deletedSessions: 1 };
    expect(ended).toMatchObject({ ...begun, state: 'completed', finishedAt: expect.any(Number), result, throttles: 0 });
  });

  it('says that it is a dry run', async () => {
    const { recorded } = await run({}, { dryRun: true });
    expect(recorded).toMatchObject([{ dryRun: true }, { dryRun: true, result: ONE }]);
  });

  it('tells idle sessions from expired ones', async () => {
    const { recorded } = await run();
    expect(recorded.at(-1)?.why).toEqual({ expired: 0, idle: 0, inactive: 1, orphaned: 0 });
  });

  it.each<[string, Refuses, Error, string]>([
    ['cannot be read', SCANS, REFUSED, 'The sessions table could not be read: the cleanup is not allowed to.'],
    ['is gone', SCANS, GONE, 'The sessions table could not be read: DynamoDB answered ResourceNotFoundException.'],
    ['answers nonsense', SCANS, new TypeError('No.'), 'The sessions table could not be read.'],
    [
      'cannot be read in part',
      (_, segment) => segment === 3,
      REFUSED,
      'A part of the sessions table could not be read: the cleanup is not allowed to.',
    ],
    [
      'allows no deletes',
      (operation) => operation === 'BatchWriteItem',
      REFUSED,
      '1 ended session could not be deleted: the cleanup is not allowed to.',
    ],
  ])('says in a sentence why it failed if the table %s', async (_, refuses, error, failure) => {
    const { status, recorded, troubles, measured } = await run({ client: tableThat(refuses, error) });
    expect(status).toBe('FAILED');
    expect(recorded.at(-1)).toMatchObject({ state: 'failed', failure, finishedAt: expect.any(Number) });
    expect([troubles.at(-1), measured]).toEqual([failure, 1]);
  });

  it('is no reason to fail, nor to delete less', async () => {
    let tries = 0;
    const record = async () => {
      tries++;
      throw new Error('The table of runs is away.');
    };
    const { status, result, troubles } = await run({ log: { record } });
    expect([status, result]).toEqual(['SUCCEEDED', { ...ONE, deletedSessions: 1 }]);
    expect(troubles).toEqual(['The run was not recorded.', 'The run was not recorded.']);
    // Its end is tried again: only that tells it from a run that died.
    expect(tries).toBe(7);
  });
});

describe('a dry run that an admin asked for', () => {
  const detail = { dryRun: true, runId: 'the dry run', requestedBy: 'the admin' };

  it('is recorded as the one that was asked for', async () => {
    const { recorded } = await run({}, detail);
    const asked = { id: 'the dry run', requestedBy: 'the admin', dryRun: true };
    expect(recorded).toMatchObject([
      { ...asked, state: 'running' },
      { ...asked, state: 'completed', result: ONE },
    ]);
  });

  it('is left to the execution that has it', async () => {
    const call = jest.fn();
    const client = { call };
    const { status, result, measured } = await run({ client, log: { record: async () => false } }, detail);
    expect([status, result, measured]).toEqual(['SUCCEEDED', NOTHING_CLEANED, 0]);
    expect(call).not.toHaveBeenCalled();
  });

  it('does not fail as an execution when it fails: its record says so', async () => {
    const { status, recorded } = await run({ client: tableThat((operation) => operation === 'Scan') }, detail);
    expect([status, recorded.at(-1)?.state]).toEqual(['SUCCEEDED', 'failed']);
  });

  it('cannot be made a cleanup by what its event says', async () => {
    const { recorded } = await run({}, { ...detail, dryRun: false });
    // It is an ordinary run then, under no id of anybody's choice.
    expect(recorded[0]?.id).not.toBe('the dry run');
  });
});
