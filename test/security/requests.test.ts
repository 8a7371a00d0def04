import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { startStack } from '../support/stack';

let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let device: Device;
let other: Device;

beforeAll(async () => {
  stack = await startStack({ log: () => undefined });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  [device, other] = [await Device.register(stack, 'ada'), await Device.register(stack, 'grace')];
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

const table = async () =>
  (await documents.send(new ScanCommand({ TableName: stack.sessionsTable, ConsistentRead: true }))).Items;

const sends = (token: string) => [`Bearer ${token}`, `Bearer ${token}`];

describe('a header', () => {
  it.each<[string, () => string[]]>([
    ['twice, the same', () => sends(device.idToken)],
    ['twice, a good token first', () => [`Bearer ${device.idToken}`, 'Bearer nonsense']],
    ['twice, of two users', () => [`Bearer ${device.idToken}`, `Bearer ${other.idToken}`]],
    ['with two tokens after a comma', () => [`Bearer ${device.idToken},Bearer ${device.idToken}`]],
  ])('Authorization %s is a 401', async (_, authorization) => {
    const url = `${stack.apiUrl}users/${device.userId}/sessions`;
    const { status, body } = await send(url, { headers: { authorization: authorization() } });
    expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it.each([
    ['Authorization', 100 * 1024],
    ['Authorization', 10_240],
    ['X-Other', 100 * 1024],
  ])('%s of %p bytes is a 4xx in the envelope: the gateway takes 10,240 bytes of headers', async (name, bytes) => {
    const headers = { authorization: `Bearer ${device.idToken}`, [name.toLowerCase()]: `Bearer ${'x'.repeat(bytes)}` };
    const reply = await send(`${stack.apiUrl}users/${device.userId}/sessions`, { headers });
    expect(reply.status).toBe(431);
    expect(reply.headers).toMatchObject({ 'access-control-allow-origin': '*', 'content-type': 'application/json' });
    expect(reply.body).toMatchObject({ success: false, error: { message: expect.any(String) } });
  });
});

const HOSTILE: readonly string[] = [
  ...['%2F', '..%2F..%2Fetc%2Fpasswd', '%2e%2e', 'a%2Fb', '%00', '%0A', '%0D%0ASet-Cookie:%20a=b', '%7F', '%22%7D'],
  ...['%E2%80%AE', '%F0%9F%94%91', '%C5%81%C3%B3d%C5%BA', 'a%20b', '*', '%23', '%3F', '%25', '%5C', '%27%20OR%201=1'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'true', '0', '-1'],
  // No percent-encoding, no UTF-8, and longer than an id is.
  ...['%', '%zz', '%E0%A4%A', '%ED%A0%80', '%FF', 'x'.repeat(257), 'x'.repeat(8_000), 'x'.repeat(10_240)],
];

describe('an id that nobody has is a 4xx on every route, and nothing in the table changes:', () => {
  it.each(HOSTILE.map((id) => [id.length > 40 ? `${id.length} characters` : id, id]))('%s', async (_, id) => {
    const before = await table();
    const replies = [
      await device.call('GET', `/users/${id}/sessions`),
      await device.call('DELETE', `/users/${id}/sessions`),
      await device.call('POST', `/users/${id}/sessions`, { userAgent: 'Firefox' }),
      await device.call('DELETE', `/users/${id}/sessions/${device.signInId}`),
      await device.call('DELETE', `/users/${device.userId}/sessions/${id}`),
    ];
    for (const { status, body } of replies) {
      expect([400, 403, 404, 431]).toContain(status);
      expect(body).toMatchObject({ success: false, error: { message: expect.stringMatching(/.\.$/) } });
    }
    expect(await table()).toEqual(before);
  });
});

describe('a cursor', () => {
  it('of another user’s list is refused, and one that is as it came is taken', async () => {
    const [first, second] = [await Device.register(stack, 'lin'), await Device.register(stack, 'lin')];
    const { nextCursor } = (await first.list('?limit=1')).body;
    expect((await second.list(`?cursor=${nextCursor}`)).status).toBe(200);
    const { status, body } = await device.list(`?cursor=${nextCursor}`);
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^Invalid cursor for this list/)]);
  });
});
