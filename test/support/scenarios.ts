import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RecordedRun } from '../../lambda/cleanup/recorded-run';
import type { LocalStack } from '../../local/stack';
import { Device, type Reply } from './api';
import { DAY, HOUR, iso } from './sessions';
import { cleanupRunsTable } from './stack';

/** Where a scenario plays. */
export interface Setting {
  readonly stack: LocalStack;
  readonly documents: DynamoDBDocumentClient;
  /** A user whom nobody else has. */
  readonly username: string;
}

/** A request that everything is ready for. */
export interface Ready {
  /** Whose database calls it makes. */
  readonly devices: readonly Device[];
  readonly act: () => Promise<Reply>;
  /** A function whose calls name none of the devices: what it does alone, one such scenario after the other. */
  readonly functionName?: string;
  /** The statuses of a success. */
  readonly success: readonly number[];
  /** Whether what a success says is true of the table. */
  readonly isTrue?: () => Promise<boolean>;
  /** Whether a success is right though a call failed. @default - it never is */
  readonly mayStillSucceed?: (reply: Reply) => Promise<boolean>;
}

const UNNAMED = { claims: { origin_jti: null } };

export async function itemOf({ stack, documents }: Setting, sessionId: string) {
  const key = { TableName: stack.sessionsTable, Key: { sessionId }, ConsistentRead: true };
  return (await documents.send(new GetCommand(key))).Item;
}

/** Puts an item of the older backend, of this device and address. */
export async function putLegacy({ stack, documents }: Setting, device: Device, changes: object = {}): Promise<string> {
  const item = {
    sessionId: `legacy-${device.userId}`,
    userId: device.userId,
    isActive: true,
    createdAt: iso(Date.now() - DAY),
    lastActivity: iso(Date.now()),
    expiresAt: iso(Date.now() + DAY),
    ipAddress: '127.0.0.1',
    userAgent: device.userAgent,
    ...changes,
  };
  await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item: item }));
  return item.sessionId;
}

/** Puts a session that has been over for long. */
export async function putOver({ stack, documents, username }: Setting): Promise<string> {
  const item = { sessionId: `over-${username}`, userId: username, isActive: false };
  await documents.send(new PutCommand({ TableName: stack.sessionsTable, Item: item }));
  return item.sessionId;
}

/** Puts a run of the cleanup that has begun and not ended. */
export async function putRun(documents: DynamoDBDocumentClient, run: Partial<RecordedRun>): Promise<void> {
  const begun = { execution: 'its own', state: 'running', dryRun: true, startedAt: Date.now() };
  const Item = { kind: 'cleanup', slot: run.requestedBy ? 'requested' : iso(Date.now()), ...begun, ...run };
  await documents.send(new PutCommand({ TableName: cleanupRunsTable(), Item }));
}

async function lastUsedAnHourAgo({ stack, documents }: Setting, sessionId: string): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: stack.sessionsTable,
      Key: { sessionId },
      UpdateExpression: 'SET lastActivity = :before',
      ExpressionAttributeValues: { ':before': iso(Date.now() - HOUR) },
    }),
  );
}

/** Every route, on every way that its code takes. */
export const SCENARIOS: Readonly<Record<string, (setting: Setting) => Promise<Ready>>> = {
  async registering(setting) {
    const device = await Device.signIn(setting.stack, setting.username);
    return {
      devices: [device],
      act: () => device.register(),
      success: [201, 200],
      isTrue: async () => (await itemOf(setting, device.signInId)) !== undefined,
    };
  },
  async 'registering again'({ stack, username }) {
    const device = await Device.register(stack, username);
    return { devices: [device], act: () => device.register(), success: [200] };
  },
  async 'registering a token without origin_jti'({ stack, username }) {
    const device = await Device.signIn(stack, username, UNNAMED);
    return { devices: [device], act: () => device.register(), success: [201, 200] };
  },
  async 'registering a token without origin_jti again'({ stack, username }) {
    const device = await Device.register(stack, username, UNNAMED);
    return { devices: [device], act: () => device.register(), success: [200] };
  },
  async listing({ stack, username }) {
    const device = await Device.register(stack, username);
    return { devices: [device], act: () => device.list(), success: [200] };
  },
  async 'listing with a token without origin_jti'({ stack, username }) {
    const device = await Device.register(stack, username, UNNAMED);
    return { devices: [device], act: () => device.list(), success: [200] };
  },
  async 'listing after an hour'(setting) {
    const device = await Device.register(setting.stack, setting.username);
    await lastUsedAnHourAgo(setting, device.signInId);
    return {
      devices: [device],
      act: () => device.list(),
      success: [200],
      isTrue: async () => (await itemOf(setting, device.signInId))?.lastActivity > iso(Date.now() - HOUR / 2),
    };
  },
  async 'asking who the caller is'({ stack, username }) {
    const device = await Device.register(stack, username);
    return { devices: [device], act: () => device.call('GET', '/session'), success: [200] };
  },
  async 'ending one session'(setting) {
    const device = await Device.register(setting.stack, setting.username);
    const other = await Device.register(setting.stack, setting.username);
    return {
      devices: [device, other],
      act: () => device.end(other.signInId),
      success: [200],
      isTrue: async () => (await itemOf(setting, other.signInId)) === undefined,
    };
  },
  async 'ending the others'(setting) {
    const device = await Device.register(setting.stack, setting.username);
    const others = [1, 2].map(() => Device.register(setting.stack, setting.username));
    const ids = (await Promise.all(others)).map(({ signInId }) => signInId);
    const areGone = async (those: string[]) =>
      !(await Promise.all(those.map((id) => itemOf(setting, id)))).some(Boolean);
    return {
      devices: [device],
      act: () => device.endOthers(),
      success: [200],
      isTrue: () => areGone(ids),
      mayStillSucceed: async ({ body: { data } }) =>
        data.remaining === true && data.deletedSessions === 1 && (await areGone(data.sessionIds)),
    };
  },
  async 'logging out'(setting) {
    const device = await Device.register(setting.stack, setting.username);
    const over = await putLegacy(setting, device, { sessionId: `over-${device.userId}`, isActive: false });
    return {
      devices: [device],
      act: () => device.logOut(),
      success: [200],
      isTrue: async () => !((await itemOf(setting, device.signInId)) ?? (await itemOf(setting, over))),
      // What is over may stay: the cleanup deletes it.
      mayStillSucceed: async ({ body }) =>
        body.data.sessionId === device.signInId && (await itemOf(setting, device.signInId)) === undefined,
    };
  },
  async 'logging out a sign-in that never registered'({ stack, username }) {
    const device = await Device.signIn(stack, username);
    return { devices: [device], act: () => device.logOut(), success: [200] };
  },
  async 'logging out again'({ stack, username }) {
    const device = await Device.register(stack, username);
    await device.logOut();
    return { devices: [device], act: () => device.logOut(), success: [200] };
  },
  async 'logging out everywhere'(setting) {
    const device = await Device.register(setting.stack, setting.username);
    const other = await Device.register(setting.stack, setting.username);
    return {
      devices: [device],
      act: () => device.call('POST', '/logout', { everywhere: true }),
      success: [200],
      isTrue: async () => !((await itemOf(setting, device.signInId)) ?? (await itemOf(setting, other.signInId))),
      // The current one stays until no other remains, and can ask again; unless its own deletion’s answer was lost.
      mayStillSucceed: async ({ body: { data } }) => data.remaining === true && data.deletedSessions === 1,
    };
  },
  async 'logging out everywhere without a session'({ stack, username }) {
    const device = await Device.signIn(stack, username);
    return { devices: [device], act: () => device.call('POST', '/logout', { everywhere: true }), success: [401] };
  },
  async 'logging out a session of the older backend'(setting) {
    const device = await Device.signIn(setting.stack, setting.username);
    const legacy = await putLegacy(setting, device);
    return {
      devices: [device],
      act: () => device.logOut(),
      success: [200],
      isTrue: async () => (await itemOf(setting, legacy)) === undefined,
    };
  },
  async 'listing the cleanups'({ stack, username }) {
    const device = await Device.register(stack, username, { groups: ['admin'] });
    const functionName = 'aerotage-listcleanups-dev';
    return { devices: [device], functionName, act: () => device.call('GET', '/cleanups'), success: [200] };
  },
  async 'requesting a dry run while another one is at work'({ stack, documents, username }) {
    const device = await Device.register(stack, username, { groups: ['admin'] });
    const functionName = 'aerotage-requestdryrun-dev';
    await putRun(documents, { id: 'at work', requestedBy: 'another admin', deadline: Date.now() + HOUR });
    return {
      devices: [device],
      functionName,
      act: () => device.call('POST', '/cleanups', { dryRun: true }),
      success: [202],
    };
  },
};
