import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { LIMITS } from '../../bench/model/sessions';
import { DEFAULT_POLICY, isoTime, newSession } from '../../lambda/domain/session';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device, type Reply, send } from '../support/api';
import type { Setting } from '../support/scenarios';
import type { Case } from './budgets';
import type { Meter, Metered } from './meter';

/** A prepared request, and the status of its answer. */
interface Ready {
  readonly act: () => Promise<Reply>;
  readonly status: number;
}

/** As long as those of real browsers, since it decides the size of an item. */
export const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 14; SM-S928B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.81 Mobile Safari/537.36';
const HOUR = 3_600_000;

const someone = ({ stack, username }: Setting, who: Parameters<typeof Device.signIn>[2] = {}) =>
  Device.register(stack, username, { userAgent: USER_AGENT, ...who });

/** Another user than the setting's. */
const another = (setting: Setting, who: Parameters<typeof Device.signIn>[2] = {}) =>
  someone({ ...setting, username: `${setting.username}-other` }, who);

/** Opens more sessions for a user. @param over how many of them have ended */
async function moreSessions({ stack, documents }: Setting, userId: string, count: number, over = 0): Promise<string[]> {
  const now = Date.now();
  const sessions = Array.from({ length: count }, (_, index) => ({
    ...newSession(
      { sessionId: crypto.randomUUID(), userId, signedInAt: now },
      { ipAddress: '198.51.100.7', userAgent: USER_AGENT },
      LIMITS,
      now - index,
      DEFAULT_POLICY,
    ),
    isActive: index >= over,
  }));
  const puts = sessions.map((Item) => documents.send(new PutCommand({ TableName: stack.sessionsTable, Item })));
  await Promise.all(puts);
  return sessions.map(({ sessionId }) => sessionId);
}

async function withMore(setting: Setting, count: number, over = 0) {
  const device = await someone(setting);
  return { device, others: await moreSessions(setting, device.userId, count, over) };
}

/**
 * Meters a case end to end: through the gateway and the bundles of the authorizer and the route.
 * @throws an error if the answer has another status than the case
 */
export async function meterCase(stack: LocalStack, meter: Meter, name: Case): Promise<Metered[]> {
  const client = localClient(stack.databaseEndpoint);
  try {
    const documents = DynamoDBDocumentClient.from(client);
    const { act, status } = await CASES[name]({ stack, documents, username: name });
    let reply: Reply | undefined;
    const calls = await meter.during(async () => {
      reply = await act();
    });
    if (reply?.status !== status) throw new Error(`${name}: ${reply?.status} ${JSON.stringify(reply?.body)}`);
    return name.startsWith('authorizer') ? calls.filter(isOfAuthorizer) : calls;
  } finally {
    client.destroy();
  }
}

const isOfAuthorizer = ({ functionName }: Metered) => functionName.includes('authorizer');

/** How each case of the budgets is prepared. */
const CASES: Readonly<Record<Case, (setting: Setting) => Promise<Ready>>> = {
  async 'authorizer, activity recorded lately'(setting) {
    const device = await someone(setting);
    return { act: () => device.list(), status: 200 };
  },
  async 'authorizer, records activity'(setting) {
    const device = await someone(setting);
    const update = {
      TableName: setting.stack.sessionsTable,
      Key: { sessionId: device.signInId },
      UpdateExpression: 'SET lastActivity = :before',
      ExpressionAttributeValues: { ':before': isoTime(Date.now() - HOUR) },
    };
    await setting.documents.send(new UpdateCommand(update));
    return { act: () => device.list(), status: 200 };
  },
  async 'authorizer, session ended'(setting) {
    const device = await someone(setting);
    await device.logOut();
    return { act: () => device.list(), status: 401 };
  },
  async 'authorizer, bad token'({ stack }) {
    const url = `${stack.apiUrl}users/nobody/sessions`;
    return { act: () => send(url, { headers: { authorization: 'Bearer a.b.c' } }), status: 401 };
  },
  async 'authorizer, token without origin_jti, 5 sessions'(setting) {
    const device = await someone(setting, { claims: { origin_jti: null } });
    await moreSessions(setting, device.userId, 4);
    return { act: () => device.list(), status: 200 };
  },
  async 'who the caller is'(setting) {
    const device = await someone(setting);
    return { act: () => device.call('GET', '/session'), status: 200 };
  },
  async 'list, 5 sessions'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.list(), status: 200 };
  },
  async 'list, 100 sessions'(setting) {
    const { device } = await withMore(setting, 99);
    return { act: () => device.list(), status: 200 };
  },
  async 'list, 5 sessions of another user, by an admin'(setting) {
    const admin = await another(setting, { groups: ['admin'] });
    const { device } = await withMore(setting, 4);
    return { act: () => admin.call('GET', `/users/${device.userId}/sessions`), status: 200 };
  },
  async 'list of another user, refused (403)'(setting) {
    const device = await someone(setting);
    return { act: () => device.call('GET', '/users/somebody/sessions'), status: 403 };
  },
  async 'end one'(setting) {
    const { device, others } = await withMore(setting, 4);
    return { act: () => device.end(others[0] ?? ''), status: 200 };
  },
  async 'end one, by an admin'(setting) {
    const admin = await another(setting, { groups: ['admin'] });
    const device = await someone(setting);
    const path = `/users/${device.userId}/sessions/${device.signInId}`;
    return { act: () => admin.call('DELETE', path), status: 200 };
  },
  async 'end one that does not exist (404)'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.end(crypto.randomUUID()), status: 404 };
  },
  async 'end one of another user (404)'(setting) {
    const other = await another(setting);
    const { device } = await withMore(setting, 4);
    return { act: () => device.end(other.signInId), status: 404 };
  },
  async 'end the current one (400)'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.end(device.signInId), status: 400 };
  },
  async 'end the 4 others'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.endOthers(), status: 200 };
  },
  async 'log out, no other session'(setting) {
    const device = await someone(setting);
    return { act: () => device.logOut(), status: 200 };
  },
  async 'log out, 4 others'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.logOut(), status: 200 };
  },
  async 'log out, 4 others, 2 of them ended'(setting) {
    const { device } = await withMore(setting, 4, 2);
    return { act: () => device.logOut(), status: 200 };
  },
  async 'log out again'(setting) {
    const device = await someone(setting);
    await device.logOut();
    return { act: () => device.logOut(), status: 200 };
  },
  async 'log out everywhere, 4 others'(setting) {
    const { device } = await withMore(setting, 4);
    return { act: () => device.call('POST', '/logout', { everywhere: true }), status: 200 };
  },
  async 'find a user, by an admin'(setting) {
    const admin = await another(setting, { groups: ['admin'] });
    return { act: () => admin.call('GET', '/users?username=nobody'), status: 200 };
  },
  async register(setting) {
    const device = await Device.signIn(setting.stack, setting.username, { userAgent: USER_AGENT });
    await moreSessions(setting, device.userId, 4);
    return { act: () => device.register(), status: 201 };
  },
  async 'register again'(setting) {
    const device = await someone(setting);
    return { act: () => device.register(), status: 200 };
  },
};
