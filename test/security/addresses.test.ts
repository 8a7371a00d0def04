import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { CLAIMED, CLAIMED_V6, CLAIMS, type Headers } from '../support/address-claims';
import { Device, type Reply, send } from '../support/api';
import { itemOf, putLegacy, type Setting } from '../support/scenarios';
import { HOUR, iso } from '../support/sessions';
import { startStack } from '../support/stack';

/** The address that all connections of these tests come from. */
const CONNECTION = '127.0.0.1';
const ANY_CLAIM = /203\.0\.113\.|2001:db8:/i;

/** Each claim is a case of `test/http/request.test.ts`; here are those that hold all headers, and lists and repetitions. */
const THROUGH_A_SYSTEM = Object.entries(CLAIMS).filter(([name]) =>
  /^all of them|with a list, the claim first|in other cases|with all its parts/.test(name),
);

const lines: string[] = [];
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
const setting = (): Setting => ({ stack, documents, username: `user-${++users}` });

beforeAll(async () => {
  stack = await startStack({ log: (line) => lines.push(line) });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

/** Calls the API as the device, with headers of its own choice. */
function claim(device: Device, headers: Headers, method: string, path: string, body?: unknown): Promise<Reply> {
  const own = { authorization: `Bearer ${device.idToken}`, 'user-agent': device.userAgent };
  return send(`${stack.apiUrl}${path}`, { method, headers: { ...headers, ...own }, body });
}

const register = (device: Device, headers: Headers, body: object = {}) =>
  claim(device, headers, 'POST', `users/${device.userId}/sessions`, { userAgent: device.userAgent, ...body });
const list = (device: Device, headers: Headers) => claim(device, headers, 'GET', `users/${device.userId}/sessions`);
const logOut = (device: Device, headers: Headers) => claim(device, headers, 'POST', 'logout', {});

/** The security event of a request that was answered so: it comes a moment after the answer. */
async function securityEvent({ headers }: Reply, name: string): Promise<Record<string, unknown>> {
  for (let waited = 0; waited < 30_000; waited += 10) {
    const found = lines
      .filter((line) => line.includes(String(headers['x-amzn-requestid'])))
      .map((line) => JSON.parse(line))
      .find(({ event }) => event === name);
    if (found) return found;
    await sleep(10);
  }
  throw new Error(`The log has no ${name} of this request.`);
}

describe('only the connection’s own address counts, whatever a client claims by', () => {
  it.each(THROUGH_A_SYSTEM)('%s: at registration, in the list, at logout and in the audit line', async (_, headers) => {
    const where = setting();
    const device = await Device.signIn(stack, where.username);

    const registered = await register(device, headers);
    expect(registered).toMatchObject({ status: 201, body: { data: { ipAddress: CONNECTION } } });
    expect((await itemOf(where, device.signInId))?.ipAddress).toBe(CONNECTION);

    // A use that is recorded writes the item once more.
    await putLegacy(where, device, {
      ...(await itemOf(where, device.signInId)),
      lastActivity: iso(Date.now() - HOUR),
    });
    const listed = await list(device, headers);
    expect(listed.body.data).toMatchObject([{ id: device.signInId, ipAddress: CONNECTION }]);
    const stored = await itemOf(where, device.signInId);
    expect(stored?.lastActivity > iso(Date.now() - HOUR / 2)).toBe(true);

    const loggedOut = await logOut(device, headers);
    expect(loggedOut).toMatchObject({ status: 200, body: { data: { sessionId: device.signInId } } });
    const refused = await list(device, headers);
    expect(refused.status).toBe(401);

    for (const [reply, name] of [
      [registered, 'session_created'],
      [listed, 'session_renewed'],
      [loggedOut, 'session_expired'],
      [refused, 'session_use_after_expire'],
    ] as const) {
      expect(await securityEvent(reply, name)).toMatchObject({ address: CONNECTION });
    }
    for (const trace of [registered.body, stored, listed.body, loggedOut.body, refused.body]) {
      expect(JSON.stringify(trace)).not.toMatch(ANY_CLAIM);
    }
  });

  it.each(THROUGH_A_SYSTEM)('%s: when an older backend’s session is looked for at logout', async (_, headers) => {
    const where = setting();
    const device = await Device.signIn(stack, where.username);
    const elsewhere = await Promise.all(
      [CLAIMED, CLAIMED_V6].map((ipAddress) =>
        // Used later than the one of this connection: it would be preferred.
        putLegacy(where, device, {
          sessionId: `${ipAddress} of ${device.userId}`,
          ipAddress,
          lastActivity: iso(Date.now() + 1_000),
        }),
      ),
    );
    const here = await putLegacy(where, device, { lastActivity: iso(Date.now() - HOUR) });

    expect((await logOut(device, headers)).body.data.sessionId).toBe(here);
    expect(await itemOf(where, here)).toBeUndefined();
    for (const sessionId of elsewhere) expect(await itemOf(where, sessionId)).toBeDefined();

    // And where none is of this connection, none is found.
    const another = await Device.signIn(stack, where.username);
    expect((await logOut(another, headers)).body.data.sessionId).toBeUndefined();
    for (const sessionId of elsewhere) expect(await itemOf(where, sessionId)).toBeDefined();
  });
});

it('an address in a registration’s body is not believed either, alone or with every header', async () => {
  for (const headers of [{}, CLAIMS['all of them at once'] ?? {}]) {
    const where = setting();
    const device = await Device.signIn(stack, where.username);
    const reply = await register(device, headers, { ipAddress: CLAIMED });
    expect(reply).toMatchObject({ status: 201, body: { data: { ipAddress: CONNECTION } } });
    expect(JSON.stringify(await itemOf(where, device.signInId))).not.toMatch(ANY_CLAIM);
  }
});

it('no log line of any of these requests holds a claimed address', async () => {
  const device = await Device.signIn(stack, setting().username);
  for (const headers of Object.values(CLAIMS)) await register(device, headers);
  await securityEvent(await logOut(device, CLAIMS['all of them at once'] ?? {}), 'session_expired');
  expect(lines.filter((line) => ANY_CLAIM.test(line))).toEqual([]);
});
