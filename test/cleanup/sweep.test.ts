import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { compileFilter } from '../../bench/model/filter';
import type { Calls } from '../../lambda/aws/calls';
import { systemClock } from '../../lambda/aws/retry';
import { durableSweep } from '../../lambda/cleanup/durable-sweep';
import { evaluatePage, scanFilter } from '../../lambda/cleanup/evaluate-page';
import { AWAY, nothingSwept, type SweepProgress } from '../../lambda/cleanup/progress';
import { AdaptiveRateLimiter } from '../../lambda/cleanup/rate-limiter';
import { cleanupRun } from '../../lambda/cleanup/run';
import { type Selection, Sweeper } from '../../lambda/cleanup/sweep';
import { DEFAULT_POLICY, endOf } from '../../lambda/domain/session';
import { DAY, HOUR, iso, legacySessions, liveSession, MINUTE, NOW } from '../support/sessions';
import { SimulatedClock } from '../support/simulated-clock';

const PLAN = { tableName: 'sessions', asOf: NOW, policy: DEFAULT_POLICY };
const named = (name: string) => Object.assign(new Error(name), { name });
const itemOf = (session: object) => marshall(session, { removeUndefinedValues: true });
const over = (sessionId: string) => itemOf(liveSession({ sessionId, isActive: false }));

/** A table of one segment whose pages have these items. `onDelete` gives what a batch leaves unprocessed, or throws. */
function tableOf(pages: Record<string, AttributeValue>[][], onDelete: (ids: string[]) => string[] = () => []) {
  const scans: (string | undefined)[] = [];
  const batches: string[][] = [];
  const client = {
    async call(operation: string, input: any) {
      if (operation === 'Scan') {
        const after: string | undefined = input.ExclusiveStartKey?.sessionId.S;
        scans.push(after);
        if (scans.length > 100) throw new Error('The sweep does not come to the end of the table.');
        const page = after === undefined ? 0 : Number(after.split(' ')[1]) + 1;
        const LastEvaluatedKey = page + 1 < pages.length ? { sessionId: { S: `page ${page}` } } : undefined;
        return { Items: pages[page], ScannedCount: pages[page]?.length, LastEvaluatedKey };
      }
      const idOf = ({ DeleteRequest }: any): string => DeleteRequest.Key.sessionId.S;
      const ids: string[] = input.RequestItems.sessions.map(idOf);
      batches.push(ids);
      const left = onDelete(ids);
      const requests = input.RequestItems.sessions.filter((request: any) => left.includes(idOf(request)));
      return { UnprocessedItems: left.length > 0 ? { sessions: requests } : {} };
    },
  } as Pick<Calls, 'call'>;
  return { client, scans, batches };
}

/** Sweeps such a table, from where an earlier part has stopped. */
async function sweep(
  { client }: ReturnType<typeof tableOf>,
  { dryRun = false, mayGoOn = (): boolean => true, attempts = 3, from = nothingSwept(1) as SweepProgress } = {},
) {
  const clock = new SimulatedClock(NOW);
  const failures: string[] = [];
  const onFailure = (sessionId: string) => void failures.push(sessionId);
  const sweeper = new Sweeper(client, { ...PLAN, dryRun }, { clock, onFailure });
  return { ...(await clock.during(sweeper.sweepPart(from, mayGoOn, attempts))), failures };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `session-${index}`);

describe('a sweep', () => {
  it('deletes what is over, 25 at a time, and nothing that is live', async () => {
    const table = tableOf([[...ids(60).map(over), itemOf(liveSession({ sessionId: 'live' }))]]);
    const { result, rest } = await sweep(table);
    expect(table.batches.map(({ length }) => length)).toEqual([25, 25, 10]);
    expect(table.batches.flat().sort()).toEqual(ids(60).sort());
    expect(result).toMatchObject({ totalSessions: 61, inactiveSessions: 60, deletedSessions: 60, errors: 0 });
    expect(rest).toEqual([]);
  });

  it('reads page after page, each from the end of the one before', async () => {
    const table = tableOf([[over('a')], [over('b')], [over('c')]]);
    const { result } = await sweep(table);
    expect(table.scans).toEqual([undefined, 'page 0', 'page 1']);
    expect(result).toMatchObject({ totalSessions: 3, deletedSessions: 3 });
  });

  it('deletes what it is told to select, also once it may not go on: that has ended already', async () => {
    const table = tableOf([ids(3).map(over), ids(3).map(over)]);
    let isStopped = false;
    const selection: Selection = {
      scan: { ProjectionExpression: 'sessionId' },
      select: async ([first]) => {
        isStopped = true;
        return [{ sessionId: first?.sessionId?.S ?? '', end: { reason: 'inactive' } }];
      },
    };
    const clock = new SimulatedClock(NOW);
    const asked = jest.spyOn(table.client, 'call');
    const sweeper = new Sweeper(table.client, PLAN, { clock, selection });
    const { result, rest } = await clock.during(sweeper.sweepPart(nothingSwept(1), () => !isStopped));
    expect(asked).toHaveBeenCalledWith('Scan', expect.objectContaining(selection.scan));
    expect(table.batches).toEqual([['session-0']]);
    expect(result).toMatchObject({ totalSessions: 3, inactiveSessions: 1, deletedSessions: 1 });
    expect(rest).toHaveLength(1);
  });

  it('deletes nothing in a dry run, and counts what would go', async () => {
    const table = tableOf([[over('a'), itemOf(liveSession())]]);
    const { result } = await sweep(table, { dryRun: true });
    expect(table.batches).toEqual([]);
    expect(result).toMatchObject({ totalSessions: 2, inactiveSessions: 1, deletedSessions: 0, errors: 0 });
  });

  it('sends again what is throttled or left unprocessed, and counts it once', async () => {
    let sent = 0;
    const table = tableOf([ids(5).map(over)], (batch) => {
      if (++sent === 1) throw named('ThrottlingException');
      return sent === 2 ? batch.slice(2) : [];
    });
    const { result, failures, throttles } = await sweep(table);
    expect(table.batches.map(({ length }) => length)).toEqual([5, 5, 3]);
    expect(result).toMatchObject({ totalSessions: 5, deletedSessions: 5, errors: 0 });
    expect([failures, throttles]).toEqual([[], 2]);
  });

  it.each<[string, (batch: string[]) => string[]]>([
    ['always left unprocessed', (batch) => batch],
    [
      'always throttled',
      () => {
        throw named('ThrottlingException');
      },
    ],
  ])('counts as errors what is %s, after its attempts', async (_, onDelete) => {
    const table = tableOf([ids(2).map(over)], onDelete);
    const { result, failures } = await sweep(table);
    expect(table.batches).toHaveLength(3);
    expect(result).toMatchObject({ totalSessions: 2, inactiveSessions: 2, deletedSessions: 0, errors: 2 });
    expect(failures).toEqual(ids(2));
  });

  it('deletes the others of a batch that one bad item fails', async () => {
    const table = tableOf([ids(4).map(over)], (batch) => {
      if (batch.includes('session-2')) throw named('ValidationException');
      return [];
    });
    const { result, failures } = await sweep(table);
    expect(table.batches.map(({ length }) => length)).toEqual([4, 1, 1, 1, 1]);
    expect(result).toMatchObject({ deletedSessions: 3, errors: 1 });
    expect(failures).toEqual(['session-2']);
  });

  it('stops sending when deleting is denied, says so once, and counts each session', async () => {
    const pages = [0, 1, 2].map((page) => ids(25).map((id) => over(`${page} ${id}`)));
    const table = tableOf(pages, () => {
      throw named('AccessDeniedException');
    });
    const { result, failures } = await sweep(table);
    expect(table.batches).toHaveLength(1);
    expect(result).toMatchObject({ totalSessions: 75, deletedSessions: 0, errors: 75 });
    expect(failures).toHaveLength(1);
  });

  it('counts of a page that it could not finish only what it deleted, and the next part reads it again', async () => {
    let time = 0;
    const pages = [[over('a')], ids(30).map(over), [over('z')]];
    const first = tableOf(pages, () => {
      time++;
      return [];
    });
    const part = await sweep(first, { mayGoOn: () => time < 2 });
    expect(part.result).toMatchObject({ totalSessions: 26, inactiveSessions: 26, deletedSessions: 26, errors: 0 });
    expect(part.rest).toEqual([{ segment: 0, after: Buffer.from('page 0').toString('base64url') }]);
    const second = tableOf([[], ids(30).slice(25).map(over)]);
    const { result, rest } = await sweep(second, { from: part });
    expect(second.scans).toEqual(['page 0']);
    expect(result).toMatchObject({ totalSessions: 31, deletedSessions: 31 });
    expect(rest).toEqual([]);
  });

  it('sends nothing when it may not go on, and leaves its place', async () => {
    const table = tableOf([[over('a')]]);
    const { rest, result } = await sweep(table, { mayGoOn: () => false });
    expect([table.scans, table.batches]).toEqual([[], []]);
    expect([rest, result.totalSessions]).toEqual([[{ segment: 0 }], 0]);
  });

  it('says which segment could not be read, and sweeps the others', async () => {
    const table = tableOf([[over('a')]]);
    const client = {
      call: (operation: string, input: any) =>
        operation === 'Scan' && input.Segment === 1
          ? Promise.reject(named('ValidationException'))
          : table.client.call(operation, input),
    } as Pick<Calls, 'call'>;
    const { failed, rest, result } = await sweep({ ...table, client }, { from: nothingSwept(2) });
    expect([failed, rest]).toEqual([[{ segment: 1 }], []]);
    expect(result).toMatchObject({ deletedSessions: 1, errors: 0 });
  });
});

describe('what the table is asked to leave out', () => {
  const passes = (session: object, asOf = NOW) => {
    const { FilterExpression = '', ExpressionAttributeValues } = scanFilter({ asOf, policy: DEFAULT_POLICY });
    return compileFilter(FilterExpression, ExpressionAttributeValues as never)(session as never);
  };
  const idle = liveSession({}, NOW - 9 * HOUR);

  it('is nothing that is over, as the older backend left it', () => {
    const ended = legacySessions().filter((session) => endOf(session, NOW, DEFAULT_POLICY));
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.filter((session) => !passes(session))).toEqual([]);
  });

  it.each<[string, object]>([
    ['idle', idle],
    ['marked as over', liveSession({ isActive: false })],
    ['expired before its time to live', liveSession({ expiresAt: iso(NOW) })],
    ['too old before its time to live', liveSession({ createdAt: iso(NOW - 30 * DAY) })],
    ['without a readable creation', liveSession({ createdAt: 7 })],
    ['idle, without a time to live', { ...idle, purgeAt: undefined }],
    ['idle, with a time to live in milliseconds', { ...idle, purgeAt: NOW + 9 * DAY }],
    ['idle, with a time to live that is a text', { ...idle, purgeAt: iso(NOW + DAY) }],
  ])('is no session that is %s', (_, session) => {
    expect(passes(session)).toBe(true);
  });

  it('is no session whose time to live is over within the second', () => {
    const used = NOW - 8 * HOUR + 400;
    const session = liveSession({}, used);
    expect(endOf(session, NOW + 401, DEFAULT_POLICY)?.reason).toBe('idle');
    expect(passes(session, NOW + 401)).toBe(true);
  });

  it('is what is live, and nothing for a policy that is not the one the times to live are made by', () => {
    expect(passes(liveSession())).toBe(false);
    const policy = { ...DEFAULT_POLICY, idleMinutes: 5 };
    expect(scanFilter({ asOf: NOW, policy })).toEqual({ ProjectionExpression: expect.stringContaining('isActive') });
  });

  it('leaves the rule to decide on what comes back', () => {
    const found = evaluatePage([itemOf(idle), itemOf(liveSession({ sessionId: 'live' }))], PLAN);
    expect(found).toMatchObject([{ sessionId: 'session-1', end: { reason: 'idle' } }]);
  });
});

/** Deletes for so many seconds, one session at a time. @returns how many it deleted */
async function deletions(limiter: AdaptiveRateLimiter, clock: SimulatedClock, seconds: number) {
  const end = clock.now() + seconds * 1_000;
  let count = 0;
  while (count < 10_000 && clock.now() < end && (await limiter.acquire(1, () => clock.now() < end))) {
    limiter.report(1, 1, 2, false);
    count++;
  }
  return count;
}

describe('a budget of write units', () => {
  it('is kept, also while the table recovers from what throttled it', async () => {
    const clock = new SimulatedClock(NOW);
    const limiter = new AdaptiveRateLimiter(100, clock);
    const first = await clock.during(deletions(limiter, clock, 10));
    expect(first).toBeGreaterThan(450);
    expect(first).toBeLessThanOrEqual(510);
    limiter.report(1, 0, 0, true);
    expect(limiter.throttles).toBe(1);
    await clock.during(deletions(limiter, clock, 60));
    const recovered = await clock.during(deletions(limiter, clock, 10));
    expect(recovered).toBeGreaterThan(450);
    expect(recovered).toBeLessThanOrEqual(510);
  });

  it('is kept by a table that throttles, however small it is', async () => {
    const clock = new SimulatedClock(NOW);
    const limiter = new AdaptiveRateLimiter(4, clock);
    await clock.during(deletions(limiter, clock, 1));
    limiter.report(1, 0, 0, true);
    expect(await clock.during(deletions(limiter, clock, 10))).toBeLessThanOrEqual(22);
  });
});

it('without a budget, deletions are as fast as the table takes them, until it throttles', async () => {
  const clock = new SimulatedClock(NOW);
  const limiter = new AdaptiveRateLimiter(Number.POSITIVE_INFINITY, clock);
  expect(await clock.during(deletions(limiter, clock, 1))).toBe(10_000);
  await clock.during(clock.sleep(2_000));
  limiter.report(1, 0, 0, true);
  const slower = await clock.during(deletions(limiter, clock, 1));
  expect(slower).toBeGreaterThan(0);
  expect(slower).toBeLessThan(2_000);
});

describe('a long sweep', () => {
  /** A sweep of so many parts of two minutes, each of which examines so many sessions. @returns the waits, in seconds */
  async function waits(parts: number, examined: number) {
    let time = NOW;
    let invokedAt = NOW;
    let longest = 0;
    const waited: number[] = [];
    const context = {
      step: async (_: string, work: () => Promise<unknown>) => {
        const result = await work();
        longest = Math.max(longest, time - invokedAt);
        return result;
      },
      wait: async ({ seconds }: { seconds: number }) => {
        waited.push(seconds);
        time += seconds * 1_000;
        invokedAt = time;
      },
    };
    const sweeper: Pick<Sweeper, 'sweepPart'> = {
      async sweepPart(from) {
        time += 2 * MINUTE;
        parts--;
        const totalSessions = from.result.totalSessions + examined;
        return { ...from, result: { ...from.result, totalSessions }, rest: parts > 0 ? from.rest : [] };
      },
    };
    const swept = await durableSweep(context as never, sweeper, nothingSwept(1), () => time);
    return { waited, longest, swept };
  }

  it('goes on in another invocation before the function’s fifteen minutes are over', async () => {
    const { waited, longest, swept } = await waits(20, 1);
    expect(waited.length).toBeGreaterThan(1);
    expect(new Set(waited)).toEqual(new Set([1]));
    expect(longest).toBeLessThan(15 * MINUTE);
    expect([swept.rest, swept.failed]).toEqual([[], []]);
  });

  it('waits for a table that is away, ever longer, and gives up in the end', async () => {
    const { waited, swept } = await waits(Number.POSITIVE_INFINITY, 0);
    expect(waited).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300, 300, 300]);
    expect([swept.rest, swept.failed, swept.cause]).toEqual([[], [{ segment: 0 }], AWAY]);
  });
});

describe('a run', () => {
  /** Runs the cleanup in an execution that never crashes. */
  async function run(sessions: object[], detail: object = {}) {
    const table = tableOf([sessions.map(itemOf)]);
    const client = {
      call: (operation: string, input: any) =>
        operation === 'Scan' && input.Segment > 0 ? Promise.resolve({}) : table.client.call(operation, input),
    } as Pick<Calls, 'call'>;
    const deps = {
      client,
      clock: { ...systemClock, now: () => NOW },
      log: { record: async () => true },
      onFailure: () => undefined,
      onFinish: () => undefined,
      onTrouble: () => undefined,
    };
    const options = { tableName: 'sessions', policy: DEFAULT_POLICY, longestMs: HOUR };
    const context = { step: (_: string, work: () => Promise<unknown>) => work(), wait: async () => undefined };
    const result = await cleanupRun(deps, options)({ detail } as never, context as never);
    return { result, deleted: table.batches.flat() };
  }
  const expired = (sessionId: string, ago: number) => liveSession({ sessionId, expiresAt: iso(NOW - ago) });

  it('leaves alone what has been over for less than a minute: by another clock it may be live', async () => {
    const { deleted } = await run([expired('just now', MINUTE - 1), expired('a minute ago', MINUTE)]);
    expect(deleted).toEqual(['a minute ago']);
  });

  it.each<[object, string[]]>([
    [{}, ['over']],
    [{ dryRun: false }, ['over']],
    [{ dryRun: true }, []],
    [{ dryRun: true, runId: 'run', requestedBy: 'admin' }, []],
  ])('of an event with %j deletes %j', async (detail, expected) => {
    const { deleted, result } = await run([expired('over', HOUR)], detail);
    expect(deleted).toEqual(expected);
    expect(result).toMatchObject({ totalSessions: 1, expiredSessions: 1, deletedSessions: expected.length });
  });
});
