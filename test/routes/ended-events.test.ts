import { EventEmitter } from 'node:events';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { DAY, HOUR, iso } from '../support/sessions';
import { startStack, synthesizedTemplate } from '../support/stack';

let stack: LocalStack;
let documents: DynamoDBDocumentClient;
const logged = new EventEmitter();
let users = 0;
const someone = () => `user-${++users}`;

beforeAll(async () => {
  stack = await startStack({ log: (line) => logged.emit('line', line) });
  documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
});
afterAll(async () => {
  documents.destroy();
  await stack.close();
});

const fire = (rule: string, detail: object) =>
  send(`${stack.url}/_local/events/aerotage-session-${rule}-dev`, { method: 'POST', body: detail });

/** The events of a user's ended sessions, once there are so many. */
async function eventsOf(userId: string, count: number): Promise<any[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { body } = await send(`${stack.url}/_local/events`);
    const found = body.events.filter(
      ({ detailType, detail }: any) => detailType === 'Session Revoked' && detail.userId === userId,
    );
    if (found.length >= count || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const reasons = async (userId: string, count: number) =>
  (await eventsOf(userId, count)).map(({ detail }) => detail.reason).sort();

it('every registration is one event on the bus, with its device, and none if it was there before', async () => {
  const device = await Device.register(stack, someone());
  await device.register();
  await device.logOut();
  await eventsOf(device.userId, 1);
  const { body } = await send(`${stack.url}/_local/events`);
  const isIts = ({ detailType, detail }: any) => detailType === 'Session Created' && detail.userId === device.userId;
  expect(body.events.filter(isIts)).toMatchObject([
    {
      bus: 'aerotage-sessions-dev',
      detail: { sessionId: device.signInId, device: { browser: 'Firefox' }, ipAddress: '127.0.0.1' },
    },
  ]);
  expect(body.events.find(isIts).detail).not.toHaveProperty('newDevice');
});

describe('every ending is one event on the bus', () => {
  it('in the shape of CAEP’s session-revoked', async () => {
    const device = await Device.register(stack, someone());
    const before = Math.floor(Date.now() / 1_000);
    await device.logOut();
    const [event, ...more] = await eventsOf(device.userId, 1);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      bus: 'aerotage-sessions-dev',
      source: 'aerotage-sessions-dev',
      detailType: 'Session Revoked',
      detail: {
        iss: 'aerotage-sessions-dev',
        jti: expect.stringMatching(/^\w{32}$/),
        sub_id: {
          format: 'complex',
          user: { format: 'opaque', id: device.userId },
          session: { format: 'opaque', id: device.signInId },
        },
        reason: 'terminated',
        byTimeToLive: false,
      },
    });
    const [[type, claims]] = Object.entries<any>(event.detail.events) as [[string, any]];
    expect(type).toBe('https://schemas.openid.net/secevent/caep/event-type/session-revoked');
    expect(claims.event_timestamp).toBeGreaterThanOrEqual(before);
    expect(claims).not.toHaveProperty('initiating_entity');
  });

  it('whoever ends it: the user, an admin, the user for all others', async () => {
    const username = someone();
    const [device, second, third] = [
      await Device.register(stack, username),
      await Device.register(stack, username),
      await Device.register(stack, username),
    ];
    const admin = await Device.register(stack, someone(), { groups: ['admin'] });
    await admin.call('DELETE', `/users/${device.userId}/sessions/${second.signInId}`);
    await device.endOthers();
    await device.logOut();
    await device.logOut();
    const ids = (await eventsOf(device.userId, 3)).map(({ detail }) => detail.sessionId);
    expect(ids.sort()).toEqual([device, second, third].map(({ signInId }) => signInId).sort());
  });

  it('by itself, with the rule’s reason and the time at which it was over', async () => {
    const userId = someone();
    const live = { createdAt: iso(Date.now() - DAY), lastActivity: iso(Date.now()), expiresAt: iso(Date.now() + DAY) };
    const expiredAt = Math.floor(Date.now() / 1_000) - 3_600;
    const over = [
      { ...live, expiresAt: expiredAt },
      { ...live, isActive: false },
      { ...live, lastActivity: iso(Date.now() - 9 * HOUR) },
      { ...live, createdAt: iso(Date.now() - 31 * DAY) },
    ];
    await Promise.all(
      over.map((item, index) =>
        documents.send(
          new PutCommand({
            TableName: stack.sessionsTable,
            Item: { ...item, sessionId: `${userId} ${index}`, userId },
          }),
        ),
      ),
    );
    expect((await fire('cleanup', {})).status).toBe(200);
    expect(await reasons(userId, 4)).toEqual(['expired', 'idle', 'inactive', 'orphaned']);
    const expired = (await eventsOf(userId, 4)).find(({ detail }) => detail.reason === 'expired');
    const [claims] = Object.values<any>(expired.detail.events);
    expect(claims).toMatchObject({ event_timestamp: expiredAt, initiating_entity: 'policy' });
  });
});

const userPoolId = `us-east-1_${synthesizedTemplate().only('AWS::Cognito::UserPool')[0]}`;

/** The detail of a call of Cognito's API as CloudTrail reports it, reduced to what it has for sure. */
const cognito = (eventName: string, sub: string | undefined, more: object = {}) => ({
  eventName,
  requestParameters: { userPoolId, username: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
  additionalEventData: { sub },
  ...more,
});
const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds;
const cloudTrailTime = (seconds: number) => iso(seconds * 1_000).replace('.000Z', 'Z');

describe('what happens to a user in Cognito', () => {
  it.each([
    ['AdminDisableUser', 'user-disabled'],
    ['AdminDeleteUser', 'user-deleted'],
    ['DeleteUser', 'user-deleted'],
    ['AdminUserGlobalSignOut', 'signed-out-everywhere'],
    ['GlobalSignOut', 'signed-out-everywhere'],
    ['AdminResetUserPassword', 'password-changed'],
    ['AdminSetUserPassword', 'password-changed'],
    ['ConfirmForgotPassword', 'password-changed'],
  ])('[V7.4.2] ends all their sessions, with an event each: %s', async (call, reason) => {
    const username = someone();
    const [first, second] = [await Device.register(stack, username), await Device.register(stack, username)];
    const other = await Device.register(stack, someone());
    const fired = await fire('user-events', cognito(call, first.userId));
    expect([fired.status, fired.body]).toEqual([200, { ended: 2 }]);
    for (const device of [first, second]) {
      const { status, body } = await device.list();
      expect([status, body.error.code, body.error.details]).toEqual([401, 'SESSION_ENDED', { reason: 'ended' }]);
    }
    expect((await other.list()).status).toBe(200);
    expect(await reasons(first.userId, 2)).toEqual([reason, reason]);
  });

  it('ends no session of a later sign-in, if the event is late', async () => {
    const username = someone();
    const before = await Device.register(stack, username, { claims: { auth_time: secondsAgo(61) } });
    const at = await Device.register(stack, username, { claims: { auth_time: secondsAgo(30) } });
    const eventTime = cloudTrailTime(at.claims.auth_time);
    const after = await Device.register(stack, username, { claims: { auth_time: at.claims.auth_time + 1 } });
    const fired = await fire('user-events', cognito('ConfirmForgotPassword', at.userId, { eventTime }));
    expect(fired.body).toEqual({ ended: 2 });
    expect([(await before.list()).status, (await at.list()).status, (await after.list()).status]).toEqual([
      401, 401, 200,
    ]);
  });

  it('ends the items of the older backend too, whenever they were opened', async () => {
    const device = await Device.register(stack, someone());
    const Item = {
      sessionId: `legacy ${device.userId}`,
      userId: device.userId,
      loginTime: iso(Date.now()),
      createdAt: iso(Date.now()),
    };
    await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item }));
    const eventTime = cloudTrailTime(secondsAgo(3_600));
    expect((await fire('user-events', cognito('AdminDisableUser', device.userId, { eventTime }))).body).toEqual({
      ended: 1,
    });
    expect((await device.list()).body.data).toHaveLength(1);
  });

  it('is nothing here if it happened in another user pool', async () => {
    const device = await Device.register(stack, someone());
    const requestParameters = { userPoolId: 'us-east-1_another' };
    const fired = await fire('user-events', cognito('AdminDisableUser', device.userId, { requestParameters }));
    expect([fired.status, fired.body]).toEqual([200, { ended: 0 }]);
    expect((await device.list()).status).toBe(200);
  });

  it('is found by its sub if it names no pool', async () => {
    const device = await Device.register(stack, someone());
    const fired = await fire('user-events', cognito('GlobalSignOut', device.userId, { requestParameters: null }));
    expect(fired.body).toEqual({ ended: 1 });
  });

  it.each<[string, string | undefined, object, string]>([
    ['names nobody', undefined, {}, 'names nobody'],
    ['says no time', 'user', { eventTime: null }, 'eventTime is not a time'],
  ])('fails, to be retried and looked at, if the event %s', async (_, sub, more, message) => {
    const { status, body } = await fire('user-events', cognito('AdminDisableUser', sub, more));
    expect(status).toBe(502);
    expect(body.error).toContain(message);
  });

  it('ends nothing by a call that failed, and its log says so', async () => {
    const device = await Device.register(stack, someone());
    const failed = cognito('AdminDisableUser', device.userId, { errorCode: 'NotAuthorizedException' });
    const ignored = new Promise((resolve) => {
      logged.on('line', (line: string) => line.includes('"event ignored"') && resolve(line));
    });
    const { status, body } = await fire('user-events', failed);
    expect([status, body]).toEqual([200, { ended: 0 }]);
    expect((await device.list()).status).toBe(200);
    expect(await ignored).toContain('AdminDisableUser failed: NotAuthorizedException.');
  });

  it.each([
    ['another call', cognito('AdminGetUser', 'any')],
    ['a change of the own password', cognito('ChangePassword', 'any')],
  ])('is not matched by the rule for %s', async (_, detail) => {
    const { status, body } = await fire('user-events', detail);
    expect(status).toBe(502);
    expect(body.error).toContain('pattern does not match');
  });
});

describe('a new password that was set on the sign-in page', () => {
  const reset = (more: object) => ({ eventName: 'ResetPassword_POST', errorCode: '', additionalEventData: more });

  it('ends the sessions of the user whom the event names', async () => {
    const device = await Device.register(stack, someone());
    const fired = await fire('page-events', reset({ sub: device.userId, userPoolId }));
    expect(fired.body).toEqual({ ended: 1 });
    expect(await reasons(device.userId, 1)).toEqual(['password-changed']);
  });

  it('ends no sessions of a user whom only the form names', async () => {
    const device = await Device.register(stack, someone());
    const fired = await fire('page-events', reset({ requestParameters: { sub: [device.userId] }, userPoolId }));
    expect([fired.status, fired.body]).toEqual([200, { ended: 0 }]);
    expect((await device.list()).status).toBe(200);
  });
});

describe('an End Sessions event', () => {
  it('ends the sessions of the user whom it names', async () => {
    const device = await Device.register(stack, someone());
    expect((await fire('end-requests', { userId: device.userId })).body).toEqual({ ended: 1 });
    expect((await device.list()).body.error.code).toBe('SESSION_ENDED');
    expect(await reasons(device.userId, 1)).toEqual(['requested']);
  });

  it('that names nobody ends nothing, and fails instead of being dropped', async () => {
    const device = await Device.register(stack, someone());
    const fired = await fire('end-requests', { username: device.userId });
    expect([fired.status, fired.body.error]).toEqual([502, expect.stringContaining('needs a userId')]);
    expect((await device.list()).status).toBe(200);
  });

  it('is not read as a call of Cognito’s, whatever its fields', async () => {
    const [named, other] = [await Device.register(stack, someone()), await Device.register(stack, someone())];
    const fired = await fire('end-requests', { ...cognito('AdminDisableUser', other.userId), userId: named.userId });
    expect(fired.body).toEqual({ ended: 1 });
    expect([(await named.list()).status, (await other.list()).status]).toEqual([401, 200]);
  });
});
