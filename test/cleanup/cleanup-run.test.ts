import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { BatchWriteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Calls } from '../../lambda/aws/calls';
import { systemClock } from '../../lambda/aws/retry';
import type { CleanupResult } from '../../lambda/cleanup/recorded-run';
import { type CleanupDeps, cleanupRun } from '../../lambda/cleanup/run';
import { RunLog } from '../../lambda/cleanup/run-log';
import { DEFAULT_POLICY } from '../../lambda/domain/session';
import { Crash, crashing } from '../support/crash';
import { rounds } from '../support/rounds';
import { HOUR, iso, liveSession, MINUTE, NOW } from '../support/sessions';
import { cleanupRunsTable, sessionTables, startDatabase } from '../support/stack';

let database: Awaited<ReturnType<typeof startDatabase>>;
let documents: DynamoDBDocumentClient;
const TableName = sessionTables().sessions;
const LIVE = 60;
const OVER = 240;

beforeAll(async () => {
  database = await startDatabase();
  documents = DynamoDBDocumentClient.from(database.client);
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
});
afterAll(async () => {
  await LocalDurableTestRunner.teardownTestEnvironment();
  documents.destroy();
  await database.close();
});

async function put(items: readonly object[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
  }
}

async function ids(): Promise<string[]> {
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName, ConsistentRead: true })) {
    found.push(...Items.map(({ sessionId }) => sessionId as string));
  }
  return found.sort();
}

/** Of all runs that were recorded. */
async function states(): Promise<string[]> {
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: cleanupRunsTable() })) {
    found.push(...Items.map(({ state }) => state as string));
  }
  return found;
}

/** Live sessions, and others that are over, each for one of the reasons. */
async function fill(): Promise<string[]> {
  const reasons = [
    { expiresAt: iso(NOW - 10 * MINUTE) },
    { isActive: false },
    { lastActivity: iso(NOW - 500 * MINUTE), purgeAt: NOW / 1_000 - 1_200 },
    { expiresAt: 'never', purgeAt: undefined },
  ];
  const live = Array.from({ length: LIVE }, (_, index) => liveSession({ sessionId: `live-${index}` }));
  const over = Array.from({ length: OVER }, (_, index) =>
    JSON.parse(JSON.stringify(liveSession({ sessionId: `over-${index}`, ...reasons[index % reasons.length] }))),
  );
  await put([...live, ...over]);
  return live.map(({ sessionId }) => sessionId).sort();
}

/** A clock that shows this time, and waits for real. */
const at = (now: () => number) => ({ ...systemClock, now });

const handlerOf = (changes: Partial<CleanupDeps> = {}) =>
  withDurableExecution(
    cleanupRun(
      {
        client: database.calls,
        clock: at(() => NOW),
        onFailure: () => undefined,
        log: { record: async () => true },
        onFinish: () => undefined,
        onTrouble: () => undefined,
        ...changes,
      },
      { tableName: TableName, policy: DEFAULT_POLICY, longestMs: 6 * HOUR },
    ),
  );

async function run(handlerFunction: ReturnType<typeof handlerOf>, detail: object = {}) {
  const execution = await new LocalDurableTestRunner<CleanupResult>({ handlerFunction }).run({ payload: { detail } });
  return { execution, result: execution.getStatus() === 'SUCCEEDED' ? execution.getResult() : undefined };
}

const ALL = {
  totalSessions: LIVE + OVER,
  expiredSessions: OVER / 2,
  inactiveSessions: OVER / 4,
  orphanedSessions: OVER / 4,
};

describe('the scheduled cleanup', () => {
  it('deletes what is over, for each reason, and counts each session once', async () => {
    const live = await fill();
    const { result } = await run(handlerOf());
    expect(result).toEqual({ ...ALL, deletedSessions: OVER, errors: 0 });
    expect(await ids()).toEqual(live);
  });

  it('deletes nothing in a dry run, and says what would go', async () => {
    await fill();
    const before = await ids();
    const { result } = await run(handlerOf(), { dryRun: true });
    expect(result).toEqual({ ...ALL, deletedSessions: 0, errors: 0 });
    expect(await ids()).toEqual(before);
  });

  it('leaves alone what has been over for less than a minute', async () => {
    const live = await fill();
    await put([liveSession({ sessionId: 'just over', expiresAt: iso(NOW - MINUTE + 1) })]);
    await run(handlerOf());
    expect(await ids()).toEqual(['just over', ...live].sort());
    await run(handlerOf({ clock: at(() => NOW + 1) }));
    expect(await ids()).toEqual(live);
  });

  it('continues from its checkpoints in further invocations when its time is used up', async () => {
    const live = await fill();
    // Pages of two sessions, and calls that take long: a part gets to one page of each segment, an invocation to few parts.
    const calls = database.calls;
    let time = NOW;
    const client: Pick<Calls, 'call'> = {
      call(operation, input) {
        time += operation === 'Scan' ? 3_000 : MINUTE;
        return calls.call(operation, operation === 'Scan' ? { ...input, Limit: 2 } : input);
      },
    };
    const { execution, result } = await run(handlerOf({ client, clock: at(() => time) }));
    expect(result).toEqual({ ...ALL, deletedSessions: OVER, errors: 0 });
    expect(execution.getInvocations().length).toBeGreaterThan(1);
    expect(await ids()).toEqual(live);
  });

  it('two at once do no harm', async () => {
    const live = await fill();
    const both = await Promise.all([run(handlerOf()), run(handlerOf())]);
    for (const { result } of both) expect(result?.errors).toBe(0);
    expect(await ids()).toEqual(live);
  });

  it('ends as failed, with everything else deleted, when a session cannot be deleted', async () => {
    const live = await fill();
    const poison = refusing('over-7');
    const told: string[] = [];
    const results: CleanupResult[] = [];
    const { execution } = await run(
      handlerOf({
        client: poison,
        onFailure: (sessionId) => void told.push(sessionId),
        onFinish: ({ result }) => void results.push(result),
      }),
    );
    expect(execution.getStatus()).toBe('FAILED');
    expect(results).toEqual([{ ...ALL, deletedSessions: OVER - 1, errors: 1 }]);
    expect(told).toEqual(['over-7']);
    expect(await ids()).toEqual([...live, 'over-7'].sort());
    await run(handlerOf());
  });

  it('fails at once, and says why, if its role does not allow Scan', async () => {
    const troubles: string[] = [];
    const { client } = denying('Scan');
    const onTrouble = (message: string, cause?: unknown) =>
      void troubles.push(cause ? (cause as Error).message : message);
    const { execution } = await run(handlerOf({ client, onTrouble }));
    expect(execution.getStatus()).toBe('FAILED');
    expect(troubles.at(0)).toContain('not authorized');
    expect(troubles.at(-1)).toBe('The sessions table could not be read: the cleanup is not allowed to.');
  });

  it.each<[string, unknown]>([
    ['text', iso(NOW)],
    ['null', null],
    ['in milliseconds', NOW + HOUR],
    ['later than any session ends', NOW / 1_000 + 31 * 86_400],
    ['absent', undefined],
  ])('decides by the rule about a session whose purgeAt is %s', async (_, purgeAt) => {
    // Nothing that is over is left of another test.
    await run(handlerOf());
    const idle = liveSession({ sessionId: 'over-0', lastActivity: iso(NOW - 500 * MINUTE) });
    const live = liveSession({ sessionId: 'live-0' });
    await put([idle, live].map((session) => JSON.parse(JSON.stringify({ ...session, purgeAt }))));
    const { result } = await run(handlerOf());
    expect(result).toMatchObject({ expiredSessions: 1, deletedSessions: 1, errors: 0 });
    expect(await ids()).toContain('live-0');
    expect(await ids()).not.toContain('over-0');
  });

  it('counts what it may not delete, and neither tries nor says so for each session', async () => {
    await fill();
    const before = await ids();
    const told: unknown[] = [];
    const results: CleanupResult[] = [];
    const denied = denying('BatchWriteItem');
    const { execution } = await run(
      handlerOf({
        client: denied.client,
        onFailure: (_, cause) => void told.push(cause),
        onFinish: ({ result }) => void results.push(result),
      }),
    );
    expect(execution.getStatus()).toBe('FAILED');
    expect(results).toEqual([{ ...ALL, deletedSessions: 0, errors: OVER }]);
    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining('not authorized') })]);
    expect(denied.tries()).toBeLessThanOrEqual(Math.ceil(OVER / 25));
    expect(await ids()).toEqual(before);
  });

  it('ends complete, with no live session lost and recorded once, wherever it is killed', async () => {
    await fill();
    const clean = new Crash(Number.POSITIVE_INFINITY);
    const recorded = (client: Pick<Calls, 'call'>) =>
      handlerOf({
        client,
        log: new RunLog({ call: client.call.bind(client), until: () => database.calls }, cleanupRunsTable()),
      });
    await run(crashing(clean, recorded, database.endpoint));
    let runs = 1;
    // How many calls a run makes varies by a few: a trial that was through before its crash does not count.
    for (let killed = 0; killed < rounds(50); ) {
      const live = await fill();
      const crash = new Crash(Math.floor(Math.random() * clean.calls));
      const { result } = await run(crashing(crash, recorded, database.endpoint));
      const truth = { at: crash.at, result: expect.objectContaining({ errors: 0 }), left: live };
      expect({ at: crash.at, result, left: await ids() }).toEqual(truth);
      runs++;
      expect(await states()).toEqual(Array(runs).fill('completed'));
      if (crash.calls > crash.at) killed++;
    }
  });
});

/** The function's role does not allow an operation. */
function denying(denied: string): { client: Pick<Calls, 'call'>; tries: () => number } {
  const calls = database.calls;
  let tries = 0;
  return {
    tries: () => tries,
    client: {
      async call(operation, input) {
        if (operation !== denied) return calls.call(operation, input);
        tries++;
        const message = `The function is not authorized to perform: dynamodb:${denied}`;
        throw Object.assign(new Error(message), { name: 'AccessDeniedException', $fault: 'client' });
      },
    },
  };
}

/** One session cannot be deleted, nor any batch that it is in. */
function refusing(sessionId: string): Pick<Calls, 'call'> {
  const calls = database.calls;
  return {
    async call(operation, input) {
      if (operation === 'BatchWriteItem' && JSON.stringify(input).includes(`"${sessionId}"`)) {
        throw Object.assign(new Error('It is poison.'), { name: 'ValidationException', $fault: 'client' });
      }
      return calls.call(operation, input);
    },
  };
}
