import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createSessionGuard, type SessionGuard } from '../../guard';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { authorizerOf } from '../support/guard';
import { HOUR, iso } from '../support/sessions';
import { startStack } from '../support/stack';
import { Trouble } from '../support/trouble';

const trouble = new Trouble();
const before = { ...process.env };
let stack: LocalStack;
let guard: SessionGuard;

beforeAll(async () => {
  stack = await startStack({ watch: trouble.watch, log: () => undefined });
  Object.assign(process.env, authorizerOf(stack).env);
  guard = createSessionGuard();
});
afterAll(async () => {
  process.env = before;
  await stack.close();
});

/** The guard's calls of the database while something is done, by their actions. The role must allow them. */
async function callsDuring(act: () => Promise<unknown>): Promise<string[]> {
  trouble.seen.length = 0;
  await act();
  expect(trouble.seen.filter(({ allowed }) => !allowed)).toEqual([]);
  return trouble.seen.map(({ accesses }) => accesses.map(({ action }) => action.replace('dynamodb:', '')).join(' + '));
}

async function usedAnHourAgo(sessionId: string): Promise<void> {
  const client = localClient(stack.databaseEndpoint);
  await DynamoDBDocumentClient.from(client).send(
    new UpdateCommand({
      TableName: stack.sessionsTable,
      Key: { sessionId },
      UpdateExpression: 'SET lastActivity = :before',
      ExpressionAttributeValues: { ':before': iso(Date.now() - HOUR) },
    }),
  );
  client.destroy();
}

describe('a guard with the environment and the permissions that the stack gives', () => {
  it('takes one read for a live session', async () => {
    const device = await Device.register(stack, 'ada');
    expect(await callsDuring(() => guard.check(device.accessToken))).toEqual(['GetItem']);
  });

  it('records activity that is due, in one write, unless the use is passive', async () => {
    const device = await Device.register(stack, 'ada');
    await usedAnHourAgo(device.signInId);
    expect(await callsDuring(() => guard.check(device.idToken, { passive: true }))).toEqual(['GetItem']);
    expect(await callsDuring(() => guard.check(device.idToken))).toEqual(['GetItem', 'UpdateItem']);
    expect(await callsDuring(() => guard.check(device.idToken))).toEqual(['GetItem']);
  });

  it('reads the mark too for an ended session, to say why', async () => {
    const device = await Device.register(stack, 'ada');
    await device.logOut();
    const refused = { code: 'SESSION_ENDED', details: { reason: 'ended' } };
    const calls = await callsDuring(() => expect(guard.check(device.idToken)).rejects.toMatchObject(refused));
    expect(calls).toEqual(['GetItem', 'GetItem + GetItem']);
  });

  it('calls nothing for a bad token', async () => {
    expect(await callsDuring(() => expect(guard.check('a.b.c')).rejects.toThrow())).toEqual([]);
  });

  it('tells of a refusal whom it is given, and takes other credentials', async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    const audited: unknown[] = [];
    const own = createSessionGuard({
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      audit: (event) => audited.push(event),
    });
    process.env.AWS_ACCESS_KEY_ID = accessKeyId;
    const device = await Device.register(stack, 'ada');
    expect(await own.check(device.idToken)).toMatchObject({ userId: device.userId, signInId: device.signInId });
    await device.logOut();
    await expect(own.check(device.idToken, { route: 'GET /orders' })).rejects.toThrow();
    expect(audited).toMatchObject([{ event: 'session_use_after_expire', route: 'GET /orders', actor: device.userId }]);
  });

  it('cannot be made without its environment, and names what is missing', () => {
    const { TOKEN_ISSUER } = process.env;
    delete process.env.TOKEN_ISSUER;
    expect(() => createSessionGuard()).toThrow('TOKEN_ISSUER');
    process.env.TOKEN_ISSUER = TOKEN_ISSUER;
  });
});
