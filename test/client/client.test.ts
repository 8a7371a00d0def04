import { createSessionClient, ForbiddenError, SessionEndedError, SessionNotFoundError } from '../../client';
import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { startStack } from '../support/stack';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:156.0) Gecko/20100101 Firefox/156.0';
const CURL = 'curl/8.4.0';

let stack: LocalStack;
let people = 0;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

function newPerson(): string {
  people += 1;
  return `person-${people}`;
}

async function signIn(username: string, groups: string[] = [], userAgent = FIREFOX) {
  const device = await Device.signIn(stack, username, { groups });
  const ended = jest.fn();
  const client = createSessionClient({
    baseUrl: stack.apiUrl,
    token: () => device.accessToken,
    userAgent,
    onSessionEnded: ended,
  });
  return { client, ended, userId: device.userId };
}

const idsOf = async (sessions: AsyncIterable<{ id: string }>) => {
  const ids = [];
  for await (const { id } of sessions) ids.push(id);
  return ids;
};

describe('A person with the client', () => {
  test('registers a session, once, and sees it in words', async () => {
    const { client } = await signIn(newPerson());

    const registered = await client.register({ deviceName: 'Work laptop' });
    const again = await client.register({ deviceName: 'Another name' });
    const { sessions, nextCursor } = await client.list();

    expect(registered).toMatchObject({
      isCurrent: true,
      userAgent: FIREFOX,
      device: { name: 'Work laptop', browser: 'Firefox', os: 'Windows', type: 'desktop' },
    });
    expect(again.id).toBe(registered.id);
    expect(sessions).toEqual([registered]);
    expect(nextCursor).toBeUndefined();
  });

  test('reads a long list a page at a time, or all of it', async () => {
    const username = newPerson();
    const { client } = await signIn(username);
    const own = await client.register();
    for (let device = 0; device < 4; device += 1) await (await signIn(username, [], CURL)).client.register();

    const first = await client.list({ limit: 2 });
    const second = await client.list({ limit: 2, cursor: first.nextCursor });
    const all = await idsOf(client.listAll({ limit: 2 }));

    expect(first.sessions[0]?.id).toBe(own.id);
    expect(all).toHaveLength(5);
    expect(new Set(all).size).toBe(5);
    expect(all.slice(0, 4)).toEqual([...first.sessions, ...second.sessions].map(({ id }) => id));
  });

  test('ends another device, which is told', async () => {
    const username = newPerson();
    const here = await signIn(username);
    const there = await signIn(username);
    await here.client.register();
    const { id } = await there.client.register();

    await here.client.end(id);

    await expect(there.client.list()).rejects.toBeInstanceOf(SessionEndedError);
    expect(there.ended).toHaveBeenCalledTimes(1);
    await expect(here.client.end(id)).rejects.toBeInstanceOf(SessionNotFoundError);
  });

  test('asks who it is, and why another API refused it', async () => {
    const { client, userId, ended } = await signIn(newPerson());
    const { id, loginTime, expiresAt } = await client.register();

    expect(await client.whoAmI({ passive: true })).toEqual({
      userId,
      role: 'user',
      sessionId: id,
      loginTime,
      expiresAt,
    });
    await client.logout();
    await expect(client.whoAmI()).rejects.toMatchObject({ reason: 'ended' });
    expect(ended).not.toHaveBeenCalled();
  });

  test('ends all others', async () => {
    const username = newPerson();
    const { client } = await signIn(username);
    const own = await client.register();
    const other = await (await signIn(username)).client.register();

    const ended = await client.endOthers();

    expect(ended).toEqual({ deletedSessions: 1, sessionIds: [other.id] });
    expect(await idsOf(client.listAll())).toEqual([own.id]);
  });

  test('logs out, and is signed out for good', async () => {
    const { client } = await signIn(newPerson());
    const { id } = await client.register();
    const clear = jest.fn();

    const outcomes = [await client.logout({ clear }), await client.logout({ clear })];

    expect(outcomes).toEqual([{ ended: true, sessionId: id }, { ended: true }]);
    expect(clear).toHaveBeenCalledTimes(2);
    await expect(client.register()).rejects.toBeInstanceOf(SessionEndedError);
  });

  test('does not reach the sessions of another', async () => {
    const [mine, others] = [await signIn(newPerson()), await signIn(newPerson())];
    await mine.client.register();
    const { id } = await others.client.register();

    const attempts = [
      mine.client.list({ userId: others.userId }),
      mine.client.end(id, { userId: others.userId }),
      mine.client.endOthers({ userId: others.userId }),
      mine.client.cleanups(),
      mine.client.requestDryRun(),
    ];

    for (const attempt of attempts) await expect(attempt).rejects.toBeInstanceOf(ForbiddenError);
    await expect(mine.client.end(id)).rejects.toBeInstanceOf(SessionNotFoundError);
  });
});

describe('An admin with the client', () => {
  test("sees and ends another user's sessions", async () => {
    const admin = await signIn(newPerson(), ['admin']);
    const person = await signIn(newPerson(), [], CURL);
    await admin.client.register();
    const { id } = await person.client.register();

    const { sessions } = await admin.client.list({ userId: person.userId });
    await admin.client.end(id, { userId: person.userId });

    expect(sessions).toMatchObject([{ id, isCurrent: false, device: { browser: 'curl' } }]);
    await expect(person.client.list()).rejects.toBeInstanceOf(SessionEndedError);
  });

  test('has counted what a cleanup would delete, and finds the numbers among the runs', async () => {
    const { client, userId } = await signIn(newPerson(), ['admin']);
    await client.register();

    const asked = await client.requestDryRun();
    const find = async () => (await client.cleanups()).find(({ id }) => id === asked.id);
    let run = await find();
    for (let tries = 0; run?.state === 'running' && tries < 200; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      run = await find();
    }

    expect(asked).toMatchObject({ state: 'running', dryRun: true, requestedBy: userId });
    expect(run).toMatchObject({ state: 'completed', dryRun: true, result: { deletedSessions: 0, errors: 0 } });
    expect(run?.result?.totalSessions).toBeGreaterThan(0);
  });
});
