import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sessionRevoked } from '../../lambda/revocation/caep';
import type { Assembly } from '../../local/assembly';
import { createTables } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { runBundle } from '../support/bundle';
import { DOOR_EVENTS, functionUrlEvent, meaningOf } from '../support/door-events';
import { synthesizeExample } from '../support/examples';
import { authorizerOf } from '../support/guard';
import { startStack, synthesized } from '../support/stack';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ log: () => undefined });
});
afterAll(() => stack.close());

const resourcesOf = ({ resources }: Assembly, type: string) =>
  Object.values(resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));

describe('an example', () => {
  it.each([
    ['RestApiExample', 'AWS::ApiGateway::Authorizer', { AuthorizerResultTtlInSeconds: 0 }],
    [
      'HttpApiExample',
      'AWS::ApiGatewayV2::Authorizer',
      { AuthorizerResultTtlInSeconds: 0, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true },
    ],
    ['WebSocketExample', 'AWS::ApiGatewayV2::Authorizer', { AuthorizerType: 'REQUEST' }],
  ] as const)('%s asks the exported authorizer before every request, and keeps no answer', (name, type, properties) => {
    const example = synthesizeExample(name);
    const [authorizer] = resourcesOf(example, type);
    expect(authorizer).toMatchObject(properties);
    expect(JSON.stringify(authorizer)).toContain('{"Fn::ImportValue":"aerotage-sessions-dev-authorizer-arn"}');
    expect(synthesized().exports).toHaveProperty('aerotage-sessions-dev-authorizer-arn');
    const routes = [
      ...resourcesOf(example, 'AWS::ApiGateway::Method'),
      ...resourcesOf(example, 'AWS::ApiGatewayV2::Route'),
    ];
    expect(routes.length).toBeGreaterThan(0);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('CUSTOM');
    // By a permission or by a role.
    const allowing = ['AWS::Lambda::Permission', 'AWS::IAM::Policy'].flatMap((one) => resourcesOf(example, one));
    expect(JSON.stringify(allowing)).toContain('{"Fn::ImportValue":"aerotage-sessions-dev-authorizer-arn"}');
  });

  it('AppSyncExample asks it too, and keeps no answer', () => {
    const [api] = resourcesOf(synthesizeExample('AppSyncExample'), 'AWS::AppSync::GraphQLApi');
    expect(api).toMatchObject({
      AuthenticationType: 'AWS_LAMBDA',
      LambdaAuthorizerConfig: { AuthorizerResultTtlInSeconds: 0 },
    });
  });
});

describe('the authorizer’s bundle, with the event that AWS documents', () => {
  async function ask(event: object) {
    const { folder, env } = authorizerOf(stack);
    return (await runBundle(folder, event, { env })).answer;
  }

  it.each(Object.entries(DOOR_EVENTS))('of %s, lets a live session in and an ended one not', async (_, eventWith) => {
    const device = await Device.register(stack, 'ada');
    const live = meaningOf(await ask(eventWith(device.accessToken)));
    expect(live).toMatchObject({ passes: true, context: { userId: device.userId, signInId: device.signInId } });
    await device.logOut();
    expect(meaningOf(await ask(eventWith(device.accessToken)))).toMatchObject({ passes: false });
  });
});

it('the guarded function’s bundle serves a live session and answers an ended one, by its function URL', async () => {
  const example = synthesizeExample('GuardedFunctionExample');
  const [orders] = resourcesOf(example, 'AWS::Lambda::Function');
  const { env } = authorizerOf(stack);
  // What the stack sets on the function is what the guard reads, with the values that the backend exports.
  const given = Object.keys(orders?.Environment.Variables).filter((name) => !name.startsWith('AWS_'));
  expect(given.filter((name) => !(name in env) && name !== 'ADMIN_CLAIM')).toEqual([]);
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => given.includes(name) || /^AWS_|^PATH/.test(name)),
  );
  const device = await Device.register(stack, 'ada');
  const ask = async () => {
    const event = functionUrlEvent(device.accessToken);
    return (await runBundle(example.assetPath(orders?.Code.S3Key), event, { env: own })).answer;
  };
  expect(await ask()).toMatchObject({ statusCode: 200, body: JSON.stringify({ orders: [], of: device.userId }) });
  await device.logOut();
  const { statusCode, body } = await ask();
  expect([statusCode, JSON.parse(body).error.code]).toEqual([401, 'SESSION_ENDED']);
});

describe('the WebSocket example', () => {
  const TABLE = 'connections';
  let gateway: Server;
  let closed: string[];
  let run: (name: string, event: object) => Promise<unknown>;

  beforeAll(async () => {
    gateway = createServer(({ method, url }, response) => {
      closed.push(`${method} ${decodeURIComponent(url ?? '')}`);
      const isGone = url?.includes('gone');
      response.writeHead(isGone ? 410 : 204, { 'x-amzn-errortype': isGone ? 'GoneException' : '' }).end();
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const example = synthesizeExample('WebSocketExample');
    const [connections] = resourcesOf(example, 'AWS::DynamoDB::Table');
    const all = () => [['Connections', { ...connections, TableName: TABLE }]] as const;
    await createTables({ all } as never, stack.databaseEndpoint);
    const folderOf = (name: string) => {
      const [, properties] = Object.entries(example.resources).find(
        ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(name),
      ) ?? ['', { Properties: {} as Record<string, any> }];
      return example.assetPath(properties.Properties.Code.S3Key);
    };
    const env = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: stack.databaseEndpoint,
      CONNECTIONS_TABLE: TABLE,
      CONNECTIONS_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/v1`,
    };
    run = async (name, event) => (await runBundle(folderOf(name), event, { env })).answer;
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    closed = [];
  });

  const connect = (signInId: string, connectionId: string) =>
    run('Connect', { requestContext: { connectionId, authorizer: { signInId } } });
  const end = (sessionId: string) =>
    run('Close', {
      'detail-type': 'Session Revoked',
      detail: sessionRevoked(
        {
          id: 'event-1',
          sessionId,
          userId: 'user-1',
          reason: 'terminated',
          endedAt: 1,
          deletedAt: 1,
          byTimeToLive: false,
        },
        'aerotage-sessions-dev',
      ),
    });

  it('closes a session’s open connections when the session ends, and no others', async () => {
    expect(await connect('session-1', 'one')).toEqual({ statusCode: 200 });
    await connect('session-1', 'gone');
    await connect('session-2', 'another');
    await end('session-1');
    expect(closed.sort()).toEqual(['DELETE /v1/@connections/gone', 'DELETE /v1/@connections/one']);
  });

  it('closes nothing for a session without connections', async () => {
    await end('session-3');
    expect(closed).toEqual([]);
  });
});
