import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, type Reply, send } from '../support/api';
import { rounds } from '../support/rounds';
import { putLegacy, putOver } from '../support/scenarios';
import { HOUR, iso, liveSession } from '../support/sessions';
import { startStack } from '../support/stack';

let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const someone = () => `user-${++users}`;

beforeAll(async () => {
  stack = await startStack({ log: () => undefined });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

const item = async (sessionId: string) =>
  (await documents.send(new GetCommand({ TableName: stack.sessionsTable, Key: { sessionId }, ConsistentRead: true })))
    .Item;
const statuses = (replies: Reply[]) => replies.map(({ status }) => status).sort();
const times = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));
const cleanUp = () => send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body: {} });

/** Makes the next use of a session one that is recorded. */
async function lastUsedAnHourAgo(sessionId: string): Promise<void> {
  const stored = await item(sessionId);
  const changed = { ...stored, lastActivity: iso(Date.now() - HOUR) };
  await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item: changed }));
}

it('of 100 that end one session at once, one has done it and 99 find nothing', async () => {
  const username = someone();
  const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
  const replies = await times(100, () => device.end(other.signInId));
  expect(statuses(replies)).toEqual([200, ...Array(99).fill(404)]);
  expect(await item(other.signInId)).toBeUndefined();
});

it('[V7.4.1] recorded activity never brings back a session that is ended meanwhile', async () => {
  for (let round = 0; round < rounds(20); round++) {
    const username = someone();
    const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
    await lastUsedAnHourAgo(other.signInId);
    const uses = times(5, () => other.list());
    await sleep(round % 10);
    expect((await device.end(other.signInId)).status).toBe(200);
    await uses;
    expect(await item(other.signInId)).toBeUndefined();
    expect((await other.list()).body.error.code).toBe('SESSION_ENDED');
  }
});

it('[V7.4.1] a registration never brings back a session that is ended meanwhile', async () => {
  await times(10, async (round) => {
    const username = someone();
    const [device, other] = [await Device.register(stack, username), await Device.signIn(stack, username)];
    const registrations = times(5, () => other.register());
    await sleep(round * 3);
    while ((await device.end(other.signInId)).status !== 200) await sleep(1);
    const acknowledged = await registrations;
    expect(acknowledged.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    expect(await item(other.signInId)).toBeUndefined();
    expect((await other.register()).body.error.code).toBe('SESSION_ENDED');
    expect(await item(other.signInId)).toBeUndefined();
  });
});

it('of many that log out at once, one has done it and all are logged out', async () => {
  const device = await Device.register(stack, someone());
  const replies = await times(20, () => device.logOut());
  expect(statuses(replies)).toEqual(Array(20).fill(200));
  expect(replies.filter(({ body }) => body.data.sessionId === device.signInId)).toHaveLength(1);
  expect(await item(device.signInId)).toBeUndefined();
});

it('[V7.4.1] logging out with the token of an ended session ends no other live session, however often', async () => {
  const username = someone();
  const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
  const older = await putLegacy({ stack, documents, username }, device);
  expect((await other.end(device.signInId)).status).toBe(200);
  const replies = await times(5, () => device.logOut());
  for (const { status, body } of replies) expect([status, body.data.sessionId]).toEqual([200, undefined]);
  expect(await item(older)).toBeDefined();
  expect(await item(other.signInId)).toBeDefined();
});

it('a sign-in that logs out while it registers has no session afterwards, and never again', async () => {
  await times(10, async (round) => {
    const device = await Device.signIn(stack, someone());
    const registering = device.register();
    await sleep(round * 3);
    const [, loggedOut] = await Promise.all([registering, device.logOut()]);
    expect(loggedOut.status).toBe(200);
    expect(await item(device.signInId)).toBeUndefined();
    expect((await device.register()).body.error.code).toBe('SESSION_ENDED');
  });
});

it('ends at most 1,000 of a user’s other sessions in a request, and says while there are more', async () => {
  const device = await Device.register(stack, someone());
  const others = Array.from({ length: 1_100 }, (_, index) =>
    liveSession({ sessionId: `${device.userId}-${index}`, userId: device.userId }, Date.now()),
  );
  for (let start = 0; start < others.length; start += 25) {
    const requests = others.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [stack.sessionsTable]: requests } }));
  }
  const counts: number[] = [];
  for (let remaining = true; remaining; ) {
    const { data } = (await device.endOthers()).body;
    expect(data.sessionIds).toHaveLength(data.deletedSessions);
    counts.push(data.deletedSessions);
    remaining = data.remaining === true;
  }
  expect(counts.length).toBeGreaterThan(1);
  expect(Math.max(...counts)).toBeLessThanOrEqual(1_000);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_100);
  expect((await device.list()).body.data).toHaveLength(1);
});

it('the cleanup amid registering, using, ending and logging out takes what is over and nothing else', async () => {
  const live: Device[] = [];
  const ended: Device[] = [];
  const over: string[] = [];
  const people = times(10, async (index) => {
    const username = someone();
    over.push(await putOver({ stack, documents, username }));
    const [keeps, ends] = [await Device.register(stack, username), await Device.register(stack, username)];
    await lastUsedAnHourAgo(keeps.signInId);
    expect((await keeps.list()).status).toBe(200);
    const reply = index % 2 ? await keeps.end(ends.signInId) : await ends.logOut();
    expect(reply.status).toBe(200);
    live.push(keeps);
    ended.push(ends);
  });
  const cleanups = times(3, cleanUp);
  await people;
  for (const { status, body } of [...(await cleanups), await cleanUp()]) {
    expect([status, body.errors]).toEqual([200, 0]);
  }
  for (const device of live) expect((await device.list()).status).toBe(200);
  for (const device of ended) expect((await device.list()).body.error.code).toBe('SESSION_ENDED');
  for (const sessionId of over) expect(await item(sessionId)).toBeUndefined();
});
