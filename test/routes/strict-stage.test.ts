import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readAssembly } from '../../local/assembly';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { DAY, HOUR, iso } from '../support/sessions';
import { startStack, synthesizeStage } from '../support/stack';

// A stage that sets what other stages leave alone, served as it is synthesized.
const PROVIDER = 'https://id.example.com/';
const DISTRIBUTION_SECRET = 'of the distribution';
let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let provider: Server;
let signAsProvider: (claims: Record<string, unknown>) => Promise<string>;
let users = 0;
const someone = () => `user-${++users}`;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] });
  provider = createServer((_, response) => response.end(keys));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const jwksUri = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  signAsProvider = (claims) =>
    new SignJWT({ iss: PROVIDER, aud: 'the-app', sub: 'person', exp: Date.now() / 1_000 + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuedAt()
      .sign(privateKey);
  const folder = synthesizeStage(
    {
      allowedOrigins: ['https://a.example.com', 'https://b.example.com'],
      maxAgeDays: 10,
      acceptUnnamedSignIns: false,
      authorizerCacheSeconds: 60,
      trustedOrigin: {
        header: 'X-Origin-Secret',
        sha256: [createHash('sha256').update(DISTRIBUTION_SECRET).digest('hex')],
      },
      sessionLimit: { most: 2, whenReached: 'deny' },
      limits: { ops: { idleMinutes: 20, lifetimeHours: 12 }, auditors: { lifetimeHours: 24 } },
      signOutAtPool: true,
      newDeviceEvents: true,
      openIdProviders: [{ name: 'other', issuer: PROVIDER, audience: 'the-app', groupsClaim: 'roles' }],
    },
    { bundled: true },
  );
  const assembly = readAssembly(folder);
  // On this machine the provider's keys are where a real one's cannot be.
  for (const { Properties } of Object.values(assembly.resources)) {
    const variables = Properties.Environment?.Variables;
    if (!variables?.OPENID_PROVIDERS) continue;
    const [only] = JSON.parse(variables.OPENID_PROVIDERS);
    variables.OPENID_PROVIDERS = JSON.stringify([{ ...only, jwksUri }]);
  }
  stack = await startStack({ assembly });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  // A whole stage is bundled, on whatever machine.
}, 120_000);
afterAll(async () => {
  documents.destroy();
  await stack.close();
  provider.closeAllConnections();
  provider.close();
});

describe('several allowed origins', () => {
  it.each([
    ['https://a.example.com', 'https://a.example.com'],
    ['https://b.example.com', 'https://b.example.com'],
    ['https://c.example.com', 'https://a.example.com'],
  ])('a page of %s is told %s', async (origin, allowed) => {
    const preflight = await send(`${stack.apiUrl}logout`, { method: 'OPTIONS', headers: { origin } });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, allowed]);
    const device = await Device.signIn(stack, someone());
    const authorization = `Bearer ${device.idToken}`;
    const headers = { authorization, origin, 'user-agent': 'Firefox' };
    const answer = await send(`${stack.apiUrl}logout`, { method: 'POST', headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, allowed]);
  });
});

describe('where a session is', () => {
  const through = (device: Device, method: string, headers: Record<string, string>, secret = DISTRIBUTION_SECRET) =>
    send(`${stack.apiUrl}users/me/sessions`, {
      method,
      headers: { authorization: `Bearer ${device.idToken}`, 'X-Origin-Secret': secret, ...headers },
      body: method === 'POST' ? { userAgent: 'Firefox', deviceName: 'Work laptop' } : undefined,
    });
  const viewer = (address: string, country?: string, city?: string) => ({
    'CloudFront-Viewer-Address': `${address}:46532`,
    ...(country && { 'CloudFront-Viewer-Country': country }),
    ...(city && { 'CloudFront-Viewer-City': city }),
  });

  it('is what the trusted origin says at the registration, and the table’s country at the next activity', async () => {
    const device = await Device.signIn(stack, someone());
    const registered = await through(device, 'POST', viewer('198.51.100.24', 'DE', 'K%C3%B6ln'));
    expect(registered.body.data).toMatchObject({
      ipAddress: '198.51.100.24',
      lastIpAddress: '198.51.100.24',
      location: { country: 'DE', city: 'Köln' },
      device: { name: 'Work laptop', browser: 'Firefox' },
    });

    await documents.send(
      new UpdateCommand({
        TableName: stack.sessionsTable,
        Key: { sessionId: device.signInId },
        UpdateExpression: 'SET lastActivity = :time',
        ExpressionAttributeValues: { ':time': iso(Date.now() - HOUR) },
      }),
    );
    // A registry's own address, which does not move.
    const [session] = (await through(device, 'GET', viewer('193.0.6.139'))).body.data;
    expect(session).toMatchObject({
      ipAddress: '198.51.100.24',
      lastIpAddress: '193.0.6.139',
      location: { country: 'NL' },
    });
    expect(session.location).not.toHaveProperty('city');
  });

  it('is not what a client writes that does not know the secret', async () => {
    const device = await Device.signIn(stack, someone());
    const { data } = (await through(device, 'POST', viewer('198.51.100.24', 'DE', 'Berlin'), 'guessed')).body;
    expect([data.ipAddress, data.lastIpAddress, data.location]).toEqual(['127.0.0.1', '127.0.0.1', undefined]);
  });
});

describe('the stage’s maximum age', () => {
  const age = async (device: Device, days: number) =>
    documents.send(
      new UpdateCommand({
        TableName: stack.sessionsTable,
        Key: { sessionId: device.signInId },
        UpdateExpression: 'SET createdAt = :time',
        ExpressionAttributeValues: { ':time': iso(Date.now() - days * DAY) },
      }),
    );

  it('is what the authorizer judges by', async () => {
    const [young, old] = [await Device.register(stack, someone()), await Device.register(stack, someone())];
    await age(young, 9);
    await age(old, 10);
    expect((await young.list()).status).toBe(200);
    const reply = await old.list();
    expect([reply.status, reply.body.error.code]).toEqual([401, 'SESSION_ENDED']);
  });

  it('is what the list, logging out and the cleanup judge by', async () => {
    const username = someone();
    const device = await Device.register(stack, username);
    const put = async (sessionId: string, days: number) =>
      documents.send(
        new PutCommand({
          TableName: stack.sessionsTable,
          Item: {
            sessionId,
            userId: device.userId,
            createdAt: iso(Date.now() - days * DAY),
            lastActivity: iso(Date.now()),
            expiresAt: iso(Date.now() + DAY),
            purgeAt: Math.ceil((Date.now() + DAY) / 1_000),
          },
        }),
      );
    await put(`${username} old`, 11);
    await put(`${username} young`, 9);
    expect((await device.list()).body.data.map(({ id }: any) => id)).toEqual([device.signInId, `${username} young`]);

    const fired = await send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body: {} });
    expect(fired.body.orphanedSessions).toBeGreaterThan(0);
    expect((await device.end(`${username} old`)).status).toBe(404);
    await put(`${username} old`, 11);
    await device.logOut();
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const path = `/users/${device.userId}/sessions/${encodeURIComponent(`${username} old`)}`;
    expect((await admin.call('DELETE', path)).status).toBe(404);
  });
});

it('a token without origin_jti is refused if the stage requires it', async () => {
  const device = await Device.signIn(stack, someone(), { claims: { origin_jti: null } });
  const { status, body } = await device.register();
  expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  expect(body.error.message).toBe('The token has no sign-in id (origin_jti), which this stage requires.');
});

it('a session beyond the stage’s limit is a 409', async () => {
  const username = someone();
  await Device.register(stack, username);
  const second = await Device.register(stack, username);
  const third = await Device.signIn(stack, username);
  const { status, body } = await third.register();
  expect([status, body.error.code]).toEqual([409, 'SESSION_LIMIT_EXCEEDED']);
  await second.logOut();
  expect((await third.register()).status).toBe(201);
});

it('the authorizer’s answer is cached by token and route, and not asked for again in that time', async () => {
  const username = someone();
  const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
  expect((await other.list()).status).toBe(200);
  expect((await device.end(other.signInId)).status).toBe(200);
  expect((await other.list()).status).toBe(200);
  expect((await other.call('GET', `/users/${other.userId}/sessions`, undefined, other.accessToken)).status).toBe(401);
  expect((await other.endOthers()).status).toBe(401);
  const without = await send(`${stack.apiUrl}users/${other.userId}/sessions`);
  expect([without.status, without.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
});

describe('another OpenID provider’s token', () => {
  const call = (token: string, method: string, path: string, body?: unknown) =>
    send(`${stack.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'user-agent': 'Firefox' },
      body,
    });

  it('has its sign-in’s session, for a user of the provider’s own', async () => {
    const token = await signAsProvider({ sub: 'person-1', sid: 'sign-in-at-provider' });
    const registered = await call(token, 'POST', `users/${encodeURIComponent('other|person-1')}/sessions`, {
      userAgent: 'Firefox',
    });
    expect(registered.status).toBe(201);
    const refreshed = await signAsProvider({ sub: 'person-1', sid: 'sign-in-at-provider', jti: 'another' });
    expect((await call(refreshed, 'POST', 'logout')).body.data.sessionId).toBe(registered.body.data.id);
  });

  it('cannot see, end or block the session of a user pool’s sign-in whose ids it repeats', async () => {
    const device = await Device.register(stack, someone());
    const claims = { sub: device.userId, sid: device.signInId };
    const own = await call(await signAsProvider(claims), 'POST', 'users/me/sessions', { userAgent: 'Firefox' });
    expect(own.status).not.toBe(200);
    const foreign = `users/${device.userId}/sessions`;
    await call(await signAsProvider(claims), 'POST', `users/${encodeURIComponent(`other|${device.userId}`)}/sessions`, {
      userAgent: 'Firefox',
    });
    for (const [method, path] of [
      ['GET', foreign],
      ['DELETE', foreign],
      ['DELETE', `${foreign}/${device.signInId}`],
    ] as const) {
      expect((await call(await signAsProvider(claims), method, path)).body.error.code).toBe(
        'UNAUTHORIZED_PROFILE_ACCESS',
      );
    }
    expect((await call(await signAsProvider(claims), 'POST', 'logout')).body.data.sessionId).not.toBe(device.signInId);
    expect((await device.list()).body.data.map(({ id }: any) => id)).toContain(device.signInId);
  });

  it('without sid cannot register next to the one with it', async () => {
    const sessions = 'users/other%7Cperson-without-sid/sessions';
    const who = { sub: 'person-without-sid' };
    const [withSid, without] = [
      await signAsProvider({ ...who, sid: 'sid-of-the-id-token' }),
      await signAsProvider(who),
    ];
    expect((await call(withSid, 'POST', sessions, { userAgent: 'Firefox' })).status).toBe(201);
    const { status, body } = await call(without, 'POST', sessions, { userAgent: 'Firefox' });
    expect([status, body.error.message]).toEqual([401, expect.stringContaining('sid')]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['for another audience', { sid: 's', aud: 'other-app' }],
    ['of another issuer', { sid: 's', iss: 'https://id.example.org/' }],
    ['without a sign-in', { origin_jti: 's' }],
  ])('%s is refused', async (_, claims) => {
    const { status, body } = await call(await signAsProvider(claims), 'POST', 'logout');
    expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('makes an admin by the groups claim that the stage names, and by no claim of the user pool’s', async () => {
    const device = await Device.register(stack, someone());
    const path = `users/${device.userId}/sessions`;
    const claimed = await signAsProvider({
      sub: 'person-2',
      sid: 'sid-2',
      'cognito:groups': ['admin'],
      'custom:role': 'admin',
    });
    await call(claimed, 'POST', 'users/other%7Cperson-2/sessions', { userAgent: 'Firefox' });
    expect((await call(claimed, 'GET', path)).status).toBe(403);
    const admin = await signAsProvider({ sub: 'person-3', sid: 'sid-3', roles: ['admin'] });
    await call(admin, 'POST', 'users/other%7Cperson-3/sessions', { userAgent: 'Firefox' });
    expect((await call(admin, 'GET', path)).status).toBe(200);
  });
});

describe('the limits of a group', () => {
  const itemOf = async ({ signInId }: Device) =>
    (await documents.send(new GetCommand({ TableName: stack.sessionsTable, Key: { sessionId: signInId } }))).Item;
  const hoursOf = (item: any) => (Date.parse(item.expiresAt) - Date.parse(item.loginTime)) / HOUR;

  it.each<[string[], number, number]>([
    [['ops'], 20, 12],
    [['auditors', 'ops'], 20, 12],
    [['auditors'], 480, 24],
    [['others'], 480, 168],
  ])('of %j are what a session gets: %d minutes and %d hours', async (groups, minutes, hours) => {
    const item = await itemOf(await Device.register(stack, someone(), { groups }));
    expect([item?.sessionTimeout, hoursOf(item)]).toEqual([minutes, hours]);
  });

  it('are not the most that its members can ask for', async () => {
    const device = await Device.signIn(stack, someone(), { groups: ['ops'] });
    await device.register({ maxHours: 100 });
    expect(hoursOf(await itemOf(device))).toBe(12);
  });

  it('decide when its members must sign in again before they register', async () => {
    const claims = { auth_time: Math.floor(Date.now() / 1_000) - 13 * 3_600 };
    const member = await Device.signIn(stack, someone(), { groups: ['ops'], claims });
    expect((await member.register()).body.error.code).toBe('SIGN_IN_TOO_OLD');
    expect((await (await Device.signIn(stack, someone(), { claims })).register()).status).toBe(201);
  });
});

describe('a stage that signs out at the user pool', () => {
  const refreshes = (device: Device) =>
    device.refresh().then(
      () => true,
      () => false,
    );

  it('does so when a user logs out everywhere: no refresh token works, and a later sign-in goes on', async () => {
    const username = someone();
    const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
    expect((await device.call('POST', '/logout', { everywhere: true })).body.data.deletedSessions).toBe(2);
    const eventTime = iso(Date.now()).replace(/\.\d+/, '');
    expect([await refreshes(device), await refreshes(other)]).toEqual([false, false]);

    // The event that comes back names the second.
    let later = await Device.signIn(stack, username);
    while (later.claims.auth_time * 1_000 <= Date.parse(eventTime)) later = await Device.signIn(stack, username);
    expect((await later.register()).status).toBe(201);
    const detail = { eventName: 'AdminUserGlobalSignOut', eventTime, additionalEventData: { sub: device.userId } };
    const rule = stack.ruleNames.find((name) => name.includes('user-events'));
    const fired = await send(`${stack.url}/_local/events/${rule}`, { method: 'POST', body: detail });
    expect(fired.body).toEqual({ ended: 0 });
    expect((await later.list()).status).toBe(200);
    expect(await refreshes(later)).toBe(true);
  });

  it('does so when an admin ends all of a user’s sessions, and not when users end their own others', async () => {
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const device = await Device.register(stack, someone());
    expect((await device.endOthers()).status).toBe(200);
    expect(await refreshes(device)).toBe(true);
    const ended = await admin.call('DELETE', `/users/${device.userId}/sessions`);
    expect(ended.body.data.sessionIds).toEqual([device.signInId]);
    expect([await refreshes(device), await refreshes(admin)]).toEqual([false, true]);
  });

  it('does not ask the pool about users of another provider', async () => {
    const token = await signAsProvider({ sub: 'person-4', sid: 'sid-4' });
    const call = (path: string, body: object) =>
      send(`${stack.apiUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'user-agent': 'Firefox' },
        body,
      });
    expect((await call('users/me/sessions', { userAgent: 'Firefox' })).status).toBe(201);
    expect((await call('logout', { everywhere: true })).body.data.deletedSessions).toBe(1);
  });
});

it('the event of a registration says whether the device is new to its user', async () => {
  const username = someone();
  const [first, second] = [await Device.register(stack, username), await Device.register(stack, username)];
  const newDevice = async ({ signInId }: Device) => {
    for (;;) {
      const { body } = await send(`${stack.url}/_local/events`);
      const isIts = ({ detailType, detail }: any) => detailType === 'Session Created' && detail.sessionId === signInId;
      const event = body.events.find(isIts);
      if (event) return event.detail.newDevice;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  expect([await newDevice(first), await newDevice(second)]).toEqual([true, false]);
});
