import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { DAY, HOUR, iso } from '../support/sessions';
import { startStack } from '../support/stack';

let stack: LocalStack;
let documents: DynamoDBDocumentClient;
let users = 0;
/** A user whom no other test has. */
const someone = () => `user-${++users}`;
const item = async (sessionId: string) =>
  (await documents.send(new GetCommand({ TableName: stack.sessionsTable, Key: { sessionId }, ConsistentRead: true })))
    .Item;

beforeAll(async () => {
  stack = await startStack();
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

describe('registering', () => {
  it('opens a session: 201, current, without a token in it', async () => {
    const device = await Device.signIn(stack, someone());
    const { status, body } = await device.register({ ipAddress: '203.0.113.9', loginTime: iso(Date.now()) });
    expect(status).toBe(201);
    expect(body).toEqual({
      success: true,
      data: {
        id: device.signInId,
        ipAddress: '127.0.0.1',
        lastIpAddress: '127.0.0.1',
        userAgent: 'Firefox',
        loginTime: expect.stringMatching(/^\d{4}-.*Z$/),
        lastActivity: expect.stringMatching(/^\d{4}-.*Z$/),
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
        isCurrent: true,
        device: { browser: 'Firefox', os: 'Unknown system', type: 'unknown' },
      },
    });
  });

  it('stores what the contract says, and no token', async () => {
    const device = await Device.register(stack, someone());
    const stored = await item(device.signInId);
    expect(stored).toMatchObject({
      userId: device.userId,
      isActive: true,
      sessionTimeout: 480,
      purgeAt: expect.any(Number),
    });
    expect(Date.parse(stored?.expiresAt) - Date.parse(stored?.loginTime)).toBe(7 * DAY);
    for (const token of [device.idToken, device.accessToken]) expect(JSON.stringify(stored)).not.toContain(token);
  });

  it('answers 200 with the same session the second time, after a refresh too, with either token', async () => {
    const device = await Device.signIn(stack, someone());
    const first = await device.register();
    await device.refresh();
    const path = `/users/${device.userId}/sessions`;
    for (const token of [device.idToken, device.accessToken]) {
      const again = await device.call('POST', path, { userAgent: 'Firefox' }, token);
      expect(again.status).toBe(200);
      expect(again.body.data.id).toBe(first.body.data.id);
    }
  });

  it('is for the user alone, not even for an admin', async () => {
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const other = await Device.signIn(stack, someone());
    const { status, body } = await admin.call('POST', `/users/${other.userId}/sessions`, { userAgent: 'Firefox' });
    expect([status, body.error.code]).toEqual([403, 'UNAUTHORIZED_PROFILE_ACCESS']);
  });

  it('refuses a sign-in whose session would be over already', async () => {
    const auth_time = Math.floor((Date.now() - 8 * DAY) / 1_000);
    const device = await Device.signIn(stack, someone(), { claims: { auth_time } });
    const { status, body } = await device.register();
    expect([status, body.error.code]).toEqual([401, 'SIGN_IN_TOO_OLD']);
  });

  it.each([
    [1, 1],
    [9_999, 168],
  ])(
    'asked for %d hours at most, opens a session of %d: it may ask for less than the stage gives',
    async (maxHours, hours) => {
      const device = await Device.signIn(stack, someone());
      const { data } = (await device.register({ maxHours })).body;
      expect(Date.parse(data.expiresAt) - Date.parse(data.loginTime)).toBe(hours * HOUR);
    },
  );

  it('is refused if the sign-in is older than it asks for', async () => {
    const auth_time = Math.floor(Date.now() / 1_000) - 3_600;
    const device = await Device.signIn(stack, someone(), { claims: { auth_time } });
    const { status, body } = await device.register({ maxHours: 1 });
    expect([status, body.error.code]).toEqual([401, 'SIGN_IN_TOO_OLD']);
  });

  it.each([
    [undefined, /body is missing/],
    ['{', /not valid JSON/],
    ['[]', /JSON object/],
    [{}, /userAgent is missing/],
    [{ userAgent: '' }, /userAgent must not be empty/],
    [{ userAgent: 5 }, /userAgent must be a string/],
    [{ userAgent: 'x'.repeat(1_001) }, /userAgent must have at most 1,000 characters/],
    [{ userAgent: 'x', loginTime: 'soon' }, /loginTime must be/],
    [{ userAgent: 'x', loginTime: iso(Date.now() - HOUR) }, /loginTime must be/],
    [{ userAgent: 'x', ipAddress: 'somewhere' }, /ipAddress must be/],
  ])('refuses the body %p and names what is wrong', async (sent, message) => {
    const device = await Device.signIn(stack, someone());
    const { status, body } = await device.call('POST', `/users/${device.userId}/sessions`, sent);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      success: false,
      error: { code: 'INVALID_PROFILE_DATA', message: expect.stringMatching(message) },
    });
    expect(Date.parse(body.timestamp)).not.toBeNaN();
    expect(await item(device.signInId)).toBeUndefined();
  });

  it('refuses a body that is too long, or no JSON by its own word', async () => {
    const device = await Device.signIn(stack, someone());
    const url = `${stack.apiUrl}users/${device.userId}/sessions`;
    const authorization = `Bearer ${device.idToken}`;
    const long = await device.register({ more: 'x'.repeat(20_000) });
    expect([long.status, long.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const xml = await send(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/xml' },
      body: '<a/>',
    });
    expect([xml.status, xml.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
});

describe('the list', () => {
  it('has all devices, the current one first, and says which it is', async () => {
    const username = someone();
    const laptop = await Device.register(stack, username, { userAgent: 'Firefox' });
    const phone = await Device.register(stack, username, { userAgent: 'Safari' });
    const { status, body } = await laptop.list();
    expect(status).toBe(200);
    expect(body.data.map(({ id, isCurrent }: any) => [id, isCurrent])).toEqual([
      [laptop.signInId, true],
      [phone.signInId, false],
    ]);
  });

  it('comes in pages', async () => {
    const username = someone();
    const device = await Device.register(stack, username);
    for (let count = 0; count < 4; count++) await Device.register(stack, username);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await device.list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.data.map(({ id }: any) => id));
      cursor = body.nextCursor;
    } while (cursor && seen.length < 10);
    expect(seen[0]).toBe(device.signInId);
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
  });

  it.each([
    ['?limit=0', /limit must be/],
    ['?limit=101', /limit must be/],
    ['?limit=ten', /limit must be/],
    ['?cursor=nonsense', /Invalid cursor for this list/],
  ])('refuses %s', async (query, message) => {
    const device = await Device.register(stack, someone());
    const { status, body } = await device.list(query);
    expect(status).toBe(400);
    expect(body.error.message).toMatch(message);
  });

  it('is open to an admin, and to nobody else', async () => {
    const device = await Device.register(stack, someone());
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const byClaim = await Device.register(stack, someone(), { claims: { 'custom:role': 'admin' } });
    const stranger = await Device.register(stack, someone(), { groups: ['admins', 'user'] });
    const path = `/users/${device.userId}/sessions`;
    const { status, body } = await admin.call('GET', path);
    expect(status).toBe(200);
    expect(body.data).toMatchObject([{ id: device.signInId, isCurrent: false }]);
    for (const one of [stranger, byClaim]) {
      const refused = await one.call('GET', path);
      expect([refused.status, refused.body.error.code]).toEqual([403, 'UNAUTHORIZED_PROFILE_ACCESS']);
    }
  });

  it('shows an older backend’s item without its token', async () => {
    const device = await Device.register(stack, someone());
    const legacy = {
      sessionId: `legacy-${device.userId}`,
      userId: device.userId,
      sessionToken: 'the older secret',
      createdAt: iso(Date.now() - DAY),
      lastActivity: iso(Date.now()),
      expiresAt: iso(Date.now() + DAY),
      ipAddress: '203.0.113.5',
      userAgent: 'Old browser',
      locationData: '{"city":"Austin","country":"United States"}',
    };
    await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item: legacy }));
    const { body } = await device.list();
    expect(body.data[1]).toMatchObject({
      id: legacy.sessionId,
      location: { city: 'Austin', country: 'United States' },
    });
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('me in the place of a user’s id', () => {
  it('is the caller, at each route and at each page of the list', async () => {
    const device = await Device.signIn(stack, 'me-myself');
    const registered = await device.call('POST', '/users/me/sessions', { userAgent: 'Firefox' });
    expect(registered).toMatchObject({ status: 201, body: { data: { id: device.signInId } } });
    const others = [await Device.register(stack, 'me-myself'), await Device.register(stack, 'me-myself')];
    const page = await device.call('GET', '/users/me/sessions?limit=1');
    expect(page.body.data).toMatchObject([{ id: device.signInId, isCurrent: true }]);
    const { nextCursor } = page.body;
    const rest = await device.call('GET', `/users/${device.userId}/sessions?cursor=${nextCursor}`);
    expect(rest.body.data).toHaveLength(2);
    const [first] = others;
    expect(await device.call('DELETE', `/users/me/sessions/${first?.signInId}`)).toMatchObject({ status: 200 });
    expect(await device.call('DELETE', '/users/me/sessions')).toMatchObject({ body: { data: { deletedSessions: 1 } } });
  });

  it('is never another user, not even for an admin', async () => {
    const somebody = await Device.register(stack, 'somebody');
    const admin = await Device.register(stack, 'me-an-admin', { groups: ['admin'] });
    expect(await admin.call('DELETE', '/users/me/sessions')).toMatchObject({ body: { data: { deletedSessions: 0 } } });
    expect(await somebody.list()).toMatchObject({ status: 200 });
  });
});

describe('ending one session', () => {
  it('takes its tokens’ effect at once, refreshed ones too, and for good', async () => {
    const username = someone();
    const [laptop, phone] = [await Device.register(stack, username), await Device.register(stack, username)];
    const ended = await laptop.end(phone.signInId);
    expect(ended.status).toBe(200);
    expect(ended.body).toEqual({ success: true, data: { message: 'Session terminated successfully' } });
    expect(await item(phone.signInId)).toBeUndefined();

    for (const prepare of [async () => undefined, () => phone.refresh()]) {
      await prepare();
      for (const reply of [
        await phone.list(),
        await phone.end('any'),
        await phone.endOthers(),
        await phone.register(),
      ]) {
        expect([reply.status, reply.body.error.code]).toEqual([401, 'SESSION_ENDED']);
        expect(reply.body.error.message).toContain('session has been terminated');
      }
    }
    expect(await item(phone.signInId)).toBeUndefined();
    expect((await laptop.list()).status).toBe(200);
  });

  it('spares the current one', async () => {
    const device = await Device.register(stack, someone());
    const { status, body } = await device.end(device.signInId);
    expect([status, body.error.code]).toEqual([400, 'CANNOT_TERMINATE_CURRENT_SESSION']);
    expect(await item(device.signInId)).toBeDefined();
  });

  it('does not find what there is not, and another user’s session no more than that', async () => {
    const [own, other] = [await Device.register(stack, someone()), await Device.register(stack, someone())];
    const answers = [await own.end('no-such-session'), await own.end(other.signInId)];
    for (const { status, body } of answers) expect([status, body.error.code]).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(answers[0]?.body.error).toEqual(answers[1]?.body.error);
    expect(await item(other.signInId)).toBeDefined();
  });

  it('is an admin’s right too, and no other user’s', async () => {
    const device = await Device.register(stack, someone());
    const path = `/users/${device.userId}/sessions/${device.signInId}`;
    const stranger = await Device.register(stack, someone());
    expect((await stranger.call('DELETE', path)).status).toBe(403);
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    expect((await admin.call('DELETE', path)).status).toBe(200);
    expect((await device.list()).body.error.code).toBe('SESSION_ENDED');
  });
});

describe('ending all others', () => {
  it('leaves the current one and says which are gone', async () => {
    const username = someone();
    const device = await Device.register(stack, username);
    const others = [await Device.register(stack, username), await Device.register(stack, username)];
    const { status, body } = await device.endOthers();
    expect(status).toBe(200);
    expect(body.data.deletedSessions).toBe(2);
    expect(body.data.sessionIds.sort()).toEqual(others.map(({ signInId }) => signInId).sort());
    expect((await device.list()).body.data).toHaveLength(1);
  });

  it('by an admin leaves none', async () => {
    const device = await Device.register(stack, someone());
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const { body } = await admin.call('DELETE', `/users/${device.userId}/sessions`);
    expect(body.data.sessionIds).toEqual([device.signInId]);
    expect((await admin.list()).status).toBe(200);
  });
});

describe('logging out', () => {
  it('ends the current session, and again changes nothing', async () => {
    const device = await Device.register(stack, someone());
    const first = await device.logOut();
    expect(first.status).toBe(200);
    expect(first.body.data).toEqual({ message: 'Logout successful', sessionId: device.signInId });
    expect((await device.logOut()).body.data).toEqual({ message: 'Logout successful' });
    expect((await device.list()).body.error.code).toBe('SESSION_ENDED');
  });

  it('works without a body and with a broken one: nobody stays signed in for that', async () => {
    for (const body of [undefined, '{broken']) {
      const device = await Device.register(stack, someone());
      expect((await device.call('POST', '/logout', body)).body.data.sessionId).toBe(device.signInId);
    }
  });
});

describe('logging out everywhere', () => {
  const everywhere = (device: Device) => device.call('POST', '/logout', { everywhere: true });

  it('ends all of the user’s sessions, the current one too, and says how many', async () => {
    const username = someone();
    const [device, other] = [await Device.register(stack, username), await Device.register(stack, username)];
    const { status, body } = await everywhere(device);
    expect([status, body.data]).toEqual([
      200,
      { message: 'Logout successful', sessionId: device.signInId, deletedSessions: 2 },
    ]);
    for (const one of [device, other]) expect((await one.list()).body.error.code).toBe('SESSION_ENDED');
  });

  it('needs a live session, unlike logging out', async () => {
    const username = someone();
    const [device, other] = [await Device.signIn(stack, username), await Device.register(stack, username)];
    const { status, body } = await everywhere(device);
    expect([status, body.error.code, body.error.details]).toEqual([
      401,
      'SESSION_ENDED',
      { reason: 'never-registered' },
    ]);
    expect((await other.list()).status).toBe(200);
    expect((await device.register()).status).toBe(201);
  });

  it('is refused, not half done, if the body says neither true nor false', async () => {
    const device = await Device.register(stack, someone());
    for (const value of ['true', 1, {}]) {
      const { status, body } = await device.call('POST', '/logout', { everywhere: value });
      expect([status, body.error.message]).toEqual([400, 'everywhere must be true or false.']);
    }
    expect((await device.call('POST', '/logout', { everywhere: false })).body.data).toEqual({
      message: 'Logout successful',
      sessionId: device.signInId,
    });
  });
});

describe('a token without origin_jti', () => {
  const now = Math.floor(Date.now() / 1_000);
  let ago = 0;
  /** Another sign-in than the ones before: without origin_jti, it is known by its second. */
  const unnamed = () => ({ claims: { origin_jti: null, auth_time: now - ++ago } });

  it('has one session, also by its access token, from another device and after a refresh', async () => {
    const device = await Device.register(stack, someone(), unnamed());
    const [{ id }] = (await device.list()).body.data;
    await device.refresh();
    const again = await send(`${stack.apiUrl}users/${device.userId}/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${device.accessToken}`, 'user-agent': 'Safari' },
      body: { userAgent: 'Safari' },
    });
    expect([again.status, again.body.data.id]).toEqual([200, id]);
    expect((await device.list()).body.data).toHaveLength(1);
  });

  it('stays ended after a new sign-in on the same device, whoever ended its session', async () => {
    const username = someone();
    const [loggedOut, terminated] = [
      await Device.register(stack, username, unnamed()),
      await Device.register(stack, username, unnamed()),
    ];
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    const [{ id }] = (await terminated.list()).body.data;
    expect((await loggedOut.logOut()).status).toBe(200);
    expect((await admin.call('DELETE', `/users/${terminated.userId}/sessions/${id}`)).status).toBe(200);
    const current = await Device.register(stack, username, unnamed());
    for (const device of [loggedOut, terminated]) {
      for (const reply of [await device.list(), await device.register()]) {
        expect([reply.status, reply.body.error]).toMatchObject([
          401,
          { code: 'SESSION_ENDED', details: { reason: 'ended' } },
        ]);
      }
    }
    expect((await current.list()).body.data).toHaveLength(1);
  });
});

describe('a sign-in time that is none', () => {
  it.each([1e15, Math.floor(Date.now() / 1_000) + 365 * 86_400, -1, 1.5, '1', null])('is refused: %j', async (time) => {
    const device = await Device.signIn(stack, someone(), { claims: { auth_time: time } });
    for (const reply of [await device.register(), await device.list(), await device.logOut()]) {
      expect([reply.status, reply.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
      expect(reply.body.error.message).toContain('auth_time');
    }
    expect(await item(device.signInId)).toBeUndefined();
  });
});

describe('a page that polls', () => {
  it('does not keep its session alive', async () => {
    const device = await Device.register(stack, someone());
    const anHourAgo = iso(Date.now() - 3_600_000);
    await documents.send(
      new UpdateCommand({
        TableName: stack.sessionsTable,
        Key: { sessionId: device.signInId },
        UpdateExpression: 'SET lastActivity = :time',
        ExpressionAttributeValues: { ':time': anHourAgo },
      }),
    );
    expect((await device.list('?passive=true')).status).toBe(200);
    expect((await item(device.signInId))?.lastActivity).toBe(anHourAgo);
    expect((await device.list()).status).toBe(200);
    expect((await item(device.signInId))?.lastActivity).not.toBe(anHourAgo);
  });
});

describe('what the gateway answers by itself', () => {
  const cors = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };

  it('is in the envelope and readable for a browser', async () => {
    const none = await send(`${stack.apiUrl}logout`, { method: 'POST' });
    expect([none.status, none.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
    const noRoute = await send(`${stack.apiUrl}nowhere`);
    expect([noRoute.status, noRoute.body.error.code]).toEqual([403, 'MISSING_AUTHENTICATION_TOKEN']);
    const huge = await send(`${stack.apiUrl}logout`, { method: 'POST', body: 'x'.repeat(11 * 1024 * 1024) });
    expect([huge.status, huge.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    for (const { headers, body } of [none, noRoute, huge]) {
      expect(headers).toMatchObject(cors);
      expect(body.success).toBe(false);
      expect(new Date(body.timestamp).getTime()).not.toBeNaN();
    }
  });

  it('lets a browser ask before it sends', async () => {
    const { status, headers } = await send(`${stack.apiUrl}logout`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example' },
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-methods']).toContain('DELETE');
    expect(headers['access-control-allow-headers']).toContain('Authorization');
  });
});

describe('a bad token', () => {
  const parts = (token: string) => token.split('.') as [string, string, string];
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[string, (device: Device) => string | Promise<string>]>([
    ['none', () => ''],
    ['a word', () => 'Bearer nonsense'],
    ['another scheme', (device) => `Basic ${device.idToken}`],
    ['two tokens', (device) => `Bearer ${device.idToken} ${device.idToken}`],
    ['no signature', (device) => `Bearer ${parts(device.idToken).slice(0, 2).join('.')}.`],
    ['alg none', (device) => `Bearer ${encode({ alg: 'none' })}.${parts(device.idToken)[1]}.`],
    [
      'an unknown key',
      (device) =>
        `Bearer ${encode({ alg: 'RS256', kid: 'other' })}.${parts(device.idToken)[1]}.${parts(device.idToken)[2]}`,
    ],
    [
      'another’s claims',
      (device) => `Bearer ${parts(device.idToken)[0]}.${encode({ sub: 'x' })}.${parts(device.idToken)[2]}`,
    ],
    ['an expired one', async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { exp: 1 } })).idToken}`],
    [
      'one that never expires',
      async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { exp: null } })).idToken}`,
    ],
    ['one of later', async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { nbf: 4e9 } })).idToken}`],
    [
      'another pool’s',
      async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { iss: 'https://other' } })).idToken}`,
    ],
    [
      'another client’s',
      async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { aud: 'other' } })).idToken}`,
    ],
    [
      'another use',
      async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { token_use: 'refresh' } })).idToken}`,
    ],
    ['no user', async () => `Bearer ${(await Device.signIn(stack, someone(), { claims: { sub: null } })).idToken}`],
  ])('(%s) is a 401 in the envelope', async (_, authorization) => {
    const device = await Device.register(stack, someone());
    const { status, body } = await send(`${stack.apiUrl}users/${device.userId}/sessions`, {
      headers: { authorization: await authorization(device) },
    });
    expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  });
});

it('a good token without a session reaches registering and logging out, nothing else', async () => {
  const device = await Device.signIn(stack, someone());
  for (const reply of [await device.list(), await device.end('any'), await device.endOthers()]) {
    expect([reply.status, reply.body.error.code]).toEqual([401, 'SESSION_ENDED']);
  }
  expect((await device.register()).status).toBe(201);
  const other = await Device.signIn(stack, someone());
  expect((await other.logOut()).status).toBe(200);
  // It has logged out before it registered: it no longer can.
  expect((await other.register()).body.error.code).toBe('SESSION_ENDED');
});

it('the scheduled cleanup deletes what is over, and nothing that is live', async () => {
  const device = await Device.register(stack, someone());
  const over = { sessionId: `over-${device.userId}`, userId: device.userId, isActive: false };
  await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item: over }));
  const fire = (detail: object) =>
    send(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST', body: detail });
  const dry = await fire({ dryRun: true });
  expect(dry.body).toMatchObject({ deletedSessions: 0 });
  expect(dry.body.inactiveSessions).toBeGreaterThan(0);
  const { status, body } = await fire({});
  expect(status).toBe(200);
  expect(body.errors).toBe(0);
  expect(body.deletedSessions).toBe(body.expiredSessions + body.inactiveSessions + body.orphanedSessions);
  expect(await item(over.sessionId)).toBeUndefined();
  const { Items = [] } = await documents.send(
    new ScanCommand({ TableName: stack.sessionsTable, ConsistentRead: true }),
  );
  expect(Items.map(({ sessionId }) => sessionId)).toContain(device.signInId);
});
