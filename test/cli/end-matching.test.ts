import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { endMatching, matchingOnly, nothingFound, sampleOf } from '../../cli/end-matching';
import { filterFrom, type SessionFilter } from '../../cli/session-filter';
import { type Calls, ServiceError } from '../../lambda/aws/calls';
import { AdaptiveRateLimiter } from '../../lambda/cleanup/rate-limiter';
import { type Database, openDatabase } from '../../local/database';
import { DAY, HOUR, iso, legacySessions, legacyTruth, liveSession, MINUTE, NOW } from '../support/sessions';
import { SimulatedClock } from '../support/simulated-clock';
import { callsTo } from '../support/stack';

const TABLE = 'sessions';
let database: Database;
let calls: Calls;
beforeAll(async () => {
  database = await openDatabase(undefined, 0);
  calls = callsTo(database.endpoint);
  await calls.call('CreateTable', {
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'sessionId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  while ((await calls.call<any>('DescribeTable', { TableName: TABLE })).Table.TableStatus !== 'ACTIVE');
});
afterAll(async () => {
  calls.destroy();
  await database.close();
});

type Flags = Parameters<typeof filterFrom>[0];
type Item = Record<string, AttributeValue>;

const filterOf = (flags: Flags) => filterFrom(flags, NOW) as SessionFilter;
const itemOf = (session: object): Item => marshall(session, { removeUndefinedValues: true });
const IDLE: Flags = { 'idle-for': '1h' };
const FIREFOX: Flags = { agent: ['Firefox'] };

let count = 0;
/** Stores a session that has been idle for an hour. */
async function stored(changes: Record<string, unknown> = {}): Promise<Item> {
  const item = itemOf(
    liveSession({ sessionId: `session-${count++}`, lastActivity: iso(NOW - HOUR), ...changes } as any),
  );
  await calls.call('PutItem', { TableName: TABLE, Item: item });
  return item;
}
async function read({ sessionId }: Item): Promise<Record<string, any> | undefined> {
  const get = { TableName: TABLE, Key: { sessionId }, ConsistentRead: true };
  const { Item } = await calls.call<{ Item?: Item }>('GetItem', get);
  return Item && unmarshall(Item);
}
const change = ({ sessionId }: Item, UpdateExpression: string, values: object) =>
  calls.call('UpdateItem', {
    TableName: TABLE,
    Key: { sessionId },
    UpdateExpression,
    ExpressionAttributeValues: marshall(values),
  });

type Call = (operation: string, input: object) => Promise<any>;

/** Ends those of the items that match. @param through sees each call that is made for it */
async function end(flags: Flags, items: Item[], through: (call: Call) => Call = (call) => call, mayGoOn = () => true) {
  const clock = new SimulatedClock(NOW);
  const sleep = async () => undefined;
  const failures: string[] = [];
  let ended = 0;
  const { select } = endMatching(filterOf(flags), {
    calls: { call: through((operation, input) => calls.call(operation, input)) as any },
    tableName: TABLE,
    clock: { now: clock.now, sleep },
    mayGoOn,
    onEnd: () => ended++,
    onFailure: (sessionId) => failures.push(sessionId),
  });
  const selected = await select(items, new AdaptiveRateLimiter(Number.POSITIVE_INFINITY, clock));
  return { ended, failures, selected: selected.map(({ sessionId }) => sessionId) };
}

/** Has something happen between the decision and the write. */
const after =
  (happens: () => Promise<unknown>) =>
  (call: Call): Call => {
    let isFirst = true;
    return async (...input) => {
      if (isFirst) {
        isFirst = false;
        await happens();
      }
      return call(...input);
    };
  };

it('ends the sessions that match, keeps why, and hands them on to be deleted', async () => {
  const [idle, used] = [await stored(), await stored({ lastActivity: iso(NOW) })];
  expect(await end(IDLE, [idle, used])).toEqual({ ended: 1, failures: [], selected: [idle.sessionId?.S] });
  expect(await read(idle)).toMatchObject({ isActive: false, endReason: 'requested', updatedAt: iso(NOW) });
  expect(await read(used)).toMatchObject({ isActive: true });
});

it.each([
  ['an absent', undefined],
  ['an empty', ''],
  ['a numeric', (NOW - HOUR) / 1_000],
  ['a broken', { at: [null] }],
])('ends an item of the older backend with %s time of its last use', async (_, lastActivity) => {
  const item = await stored({ lastActivity, loginTime: iso(NOW - 2 * HOUR), purgeAt: undefined });
  expect((await end(IDLE, [item])).ended).toBe(1);
  expect(await read(item)).toMatchObject({ endReason: 'requested' });
});

it('spares a session that is used just before it is ended', async () => {
  const item = await stored();
  const use = after(() => change(item, 'SET lastActivity = :now', { ':now': iso(NOW) }));
  expect(await end(IDLE, [item], use)).toEqual({ ended: 0, failures: [], selected: [] });
  expect(await read(item)).toMatchObject({ isActive: true, lastActivity: iso(NOW) });
});

it('ends a session that is used meanwhile, if it still matches', async () => {
  const item = await stored();
  const use = after(() => change(item, 'SET lastActivity = :now', { ':now': iso(NOW) }));
  expect(await end(FIREFOX, [item], use)).toMatchObject({ ended: 1, selected: [item.sessionId?.S] });
  expect(await read(item)).toMatchObject({ isActive: false, endReason: 'requested', lastActivity: iso(NOW) });
});

it('keeps the reason of a session that was ended meanwhile', async () => {
  const item = await stored();
  const values = { ':no': false, ':why': 'user-disabled' };
  const revoke = after(() => change(item, 'SET isActive = :no, endReason = :why', values));
  expect(await end(FIREFOX, [item], revoke)).toEqual({ ended: 0, failures: [], selected: [] });
  expect(await read(item)).toMatchObject({ endReason: 'user-disabled' });
});

it('brings no session back that was deleted meanwhile', async () => {
  const item = await stored({ lastActivity: undefined });
  const { sessionId } = item;
  const remove = after(() => calls.call('DeleteItem', { TableName: TABLE, Key: { sessionId } }));
  expect(await end(FIREFOX, [item], remove)).toEqual({ ended: 0, failures: [], selected: [] });
  expect(await read(item)).toBeUndefined();
});

it('counts a session once whose answer was lost', async () => {
  const item = await stored();
  const lost = (call: Call): Call => {
    let isFirst = true;
    return async (...input) => {
      const answer = await call(...input);
      if (!isFirst) return answer;
      isFirst = false;
      throw Object.assign(new Error('cut off'), { code: 'ECONNRESET' });
    };
  };
  expect(await end(FIREFOX, [item], lost)).toEqual({ ended: 1, failures: [], selected: [item.sessionId?.S] });
});

it('ends the others if one cannot be ended, and says which', async () => {
  const [bad, good] = [await stored(), await stored()];
  const refused = (call: Call): Call => {
    return async (operation, input: any) => {
      if (input.Key.sessionId.S === bad.sessionId?.S) throw new ServiceError('ValidationException', 'too large', 400);
      return call(operation, input);
    };
  };
  const expected = { ended: 1, failures: [bad.sessionId?.S], selected: [good.sessionId?.S] };
  expect(await end(FIREFOX, [bad, good], refused)).toEqual(expected);
});

it('tries again while the table is busy, and then says that it could not', async () => {
  const item = await stored();
  let attempts = 0;
  const busy = (): Call => async () => {
    attempts++;
    throw new ServiceError('ThrottlingException', 'slow down', 400);
  };
  expect(await end(FIREFOX, [item], busy)).toEqual({ ended: 0, failures: [item.sessionId?.S], selected: [] });
  expect(attempts).toBe(12);
});

it('fails as a whole if the credentials do not allow it', async () => {
  const denied = (): Call => async () => {
    throw new ServiceError('AccessDeniedException', 'no', 400);
  };
  await expect(end(FIREFOX, [await stored()], denied)).rejects.toThrow('no');
});

it('ends no more once it may not go on', async () => {
  const item = await stored();
  expect(await end(FIREFOX, [item], undefined, () => false)).toEqual({ ended: 0, failures: [], selected: [] });
  expect(await read(item)).toMatchObject({ isActive: true });
});

describe('a look', () => {
  const look = async (flags: Flags, sessions: object[], now = NOW) => {
    const found = nothingFound();
    const { select } = matchingOnly(filterOf(flags), new SimulatedClock(now), found);
    const selected = await select(
      sessions.map(itemOf),
      new AdaptiveRateLimiter(Number.POSITIVE_INFINITY, new SimulatedClock(now)),
    );
    return { ...found, sample: found.sample.length, selected: selected.length };
  };
  const inGermany = { locationData: { country: 'DE' } };

  it('counts what matches, what has no known place, and what is over', async () => {
    const sessions = [
      liveSession(inGermany),
      liveSession(),
      liveSession({ ...inGermany, isActive: false }),
      liveSession({ isActive: false }),
      liveSession({ locationData: { country: 'FR' } } as any),
    ];
    const common = { unplaced: 0, missed: 0, over: 0 };
    expect(await look({ country: ['DE'] }, sessions)).toEqual({
      ...common,
      matching: 1,
      missed: 1,
      over: 1,
      sample: 1,
      selected: 1,
    });
    expect(await look({ 'not-from': ['FR'] }, sessions)).toEqual({
      ...common,
      matching: 2,
      unplaced: 1,
      over: 2,
      sample: 2,
      selected: 2,
    });
  });

  it('counts a session as live that is over only just, or only by its age', async () => {
    const expiresAt = iso(NOW - MINUTE / 2);
    const createdAt = iso(NOW - 400 * DAY);
    expect(await look(FIREFOX, [liveSession({ expiresAt }), liveSession({ createdAt })])).toMatchObject({
      matching: 2,
      over: 0,
    });
  });

  it('keeps ten as a sample', async () => {
    expect(await look(FIREFOX, Array(30).fill(liveSession()))).toMatchObject({ matching: 30, sample: 10 });
  });

  it('counts the items of the older backend', async () => {
    const { now, live, totalSessions, orphanedSessions } = legacyTruth();
    const { matching, over } = await look({ address: ['0.0.0.0/0', '::/0'] }, legacySessions(), Date.parse(now));
    expect(matching + over).toBe(totalSessions);
    expect(matching).toBeGreaterThanOrEqual(live);
    expect(matching).toBeLessThanOrEqual(live + orphanedSessions);
  });
});

it('shows sessions on one line each, whatever is stored', () => {
  const lines = sampleOf([
    liveSession({ userId: 'ada', deviceName: 'Work laptop', ipAddress: '203.0.113.7' } as any),
    liveSession({ userId: 'bea', ipAddress: '203.0.113.7', lastIpAddress: '2001:db8::1' } as any),
    liveSession({ userId: 'eve\u001b[2J\n', userAgent: 7, ipAddress: null, deviceName: 'x'.repeat(500) } as any),
  ]).split('\n');
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['user', 'device', 'address', 'country', 'last used'],
    ['ada', 'Work laptop', '203.0.113.7', '-', '2026-11-23T12:00Z'],
    ['bea', 'Firefox', '2001:db8::1, was 203.0.113.7', '-', '2026-11-23T12:00Z'],
    ['eve\\u{1b}[2J\\u{a}', `${'x'.repeat(47)}…`, '-', '-', '2026-11-23T12:00Z'],
  ]);
});
