import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createSessionGuard, lambdaGuard, type SessionGuard } from '../../guard';
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

describe('a Lambda handler with the guard', () => {
  const handler = () => lambdaGuard(guard)(async (_: object, caller) => ({ statusCode: 200, body: caller.userId }));

  it.each<[string, (authorization: string) => object]>([
    ['an HTTP API or a function URL', (authorization) => ({ headers: { authorization } })],
    [
      'a REST API',
      (Authorization) => ({ headers: { Authorization }, multiValueHeaders: { Authorization: [Authorization] } }),
    ],
  ])('is called for a live session, with the caller; an ended one is answered: %s', async (_, eventWith) => {
    const device = await Device.register(stack, 'ada');
    const event = eventWith(`Bearer ${device.accessToken}`);
    expect(await handler()(event)).toEqual({ statusCode: 200, body: device.userId });
    await device.logOut();
    const { statusCode, headers, body } = (await handler()(event)) as any;
    expect([statusCode, headers]).toEqual([401, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }]);
    expect(JSON.parse(body)).toMatchObject({ success: false, error: { code: 'SESSION_ENDED' } });
  });

  it.each([null, undefined, {}])('is not called without headers: %j', async (headers) => {
    expect(await handler()({ headers } as object)).toMatchObject({ statusCode: 401 });
  });

  it.each([
    [{ httpMethod: 'GET' }, true],
    [{ requestContext: { http: { method: 'GET' } } }, true],
    [{ httpMethod: 'POST' }, false],
    [{}, false],
  ])('records no activity of %j with ?passive=true: %j', async (event, expected) => {
    const asked: unknown[] = [];
    const check = async (_: unknown, options: unknown) => {
      asked.push(options);
      return {} as never;
    };
    await lambdaGuard({ check })(async () => undefined)({ ...event, queryStringParameters: { passive: 'true' } });
    expect(asked).toEqual([{ passive: expected }]);
  });

  it('answers a defect with a 500 that says nothing of it', async () => {
    const check = () => Promise.reject(new Error('a defect'));
    const { statusCode, body } = (await lambdaGuard({ check })(async () => 'never')({})) as any;
    expect([statusCode, body]).toEqual([500, expect.not.stringContaining('defect')]);
  });
});
