import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Definition, GraphqlApi } from 'aws-cdk-lib/aws-appsync';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SessionBackend } from '../../lib/session-backend';
import { actionsByFunction } from '../support/actions';
import { rawResources, synthesizeStage } from '../support/stack';

/** An app with no feature flag of CDK, as somebody may have it. */
function newStack(): Stack {
  const outdir = mkdtempSync(join(tmpdir(), 'session-backend-construct-'));
  return new Stack(new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } }), 'Stack');
}

const resourcesOf = (stack: Stack): Record<string, any> => Template.fromStack(stack).toJSON().Resources;
/** Each action on each resource, under its condition. */
const allowances = (statements: any[]): string[] =>
  statements
    .flatMap(({ Action, Resource, ...rest }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((on) => JSON.stringify({ action, on, ...rest }))),
    )
    .sort();
const ofType = (resources: Record<string, any>, type: string) =>
  Object.values(resources).filter(({ Type }) => Type === type);

function newFunction(scope: Stack, id = 'Orders'): LambdaFunction {
  return new LambdaFunction(scope, id, {
    functionName: id.toLowerCase(),
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => ({})'),
  });
}

describe('the construct', () => {
  it('makes the same resources in an app without feature flags', () => {
    const stack = newStack();
    new SessionBackend(stack, 'Default', { app: 'aerotage', stage: 'test' });
    // Without what is named by the hash of a bundle or of the whole API. A flag of the app decides whether statements
    // of a policy are merged, which changes nothing of what they allow.
    const comparable = (resources: object): Record<string, any> =>
      JSON.parse(
        JSON.stringify(resources).replace(/(?<="S3Key":")[^"]+|(?<=Api|Current)(Deployment|Version)\w+/g, ''),
        (key, value) => (key === 'Statement' ? allowances(value) : value),
      );
    const [bare, ours] = [comparable(resourcesOf(stack)), comparable(rawResources(synthesizeStage({})))];
    expect(Object.keys(bare)).toEqual(Object.keys(ours));
    for (const [id, resource] of Object.entries(ours)) expect([id, bare[id]]).toEqual([id, resource]);
  });

  it('is there twice in a stack, under names of its own', () => {
    const stack = newStack();
    new SessionBackend(stack, 'One', { app: 'one', stage: 'test', console: {} });
    new SessionBackend(stack, 'Two', { app: 'two', stage: 'test', console: {} });
    const names = Object.values(resourcesOf(stack)).flatMap(({ Type, Properties = {} }) =>
      Object.entries(Properties)
        .filter(([key, value]) => /^\w*Name$/.test(key) && typeof value === 'string' && /one|two/.test(value))
        .map(([, value]) => `${Type} ${value}`),
    );
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('takes a user pool, clients and a table that the stack makes, with the table’s own key', () => {
    const stack = newStack();
    const userPool = new UserPool(stack, 'People');
    const clients = [userPool.addClient('Web'), userPool.addClient('Desktop')];
    const table = new Table(stack, 'Old', {
      partitionKey: { name: 'sessionId', type: AttributeType.STRING },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      encryptionKey: new Key(stack, 'Key'),
    });
    new SessionBackend(stack, 'Sessions', { app: 'acme', stage: 'prod', userPool, clients, table });
    const resources = resourcesOf(stack);
    const [authorizer] = ofType(resources, 'AWS::Lambda::Function').filter(
      ({ Properties }) => Properties.FunctionName === 'acme-authorizer-prod',
    );
    const { SESSIONS_TABLE, TOKEN_ISSUER, TOKEN_CLIENT_IDS } = authorizer.Properties.Environment.Variables;
    const refOf = (id: string) => ({ Ref: expect.stringMatching(new RegExp(`^${id}`)) });
    expect(SESSIONS_TABLE).toEqual(refOf('Old'));
    expect(TOKEN_ISSUER['Fn::Join'][1]).toEqual([
      'https://cognito-idp.',
      { Ref: 'AWS::Region' },
      '.',
      { Ref: 'AWS::URLSuffix' },
      '/',
      refOf('People'),
    ]);
    expect(TOKEN_CLIENT_IDS['Fn::Join'][1]).toEqual([refOf('PeopleWeb'), ',', refOf('PeopleDesktop')]);
    expect(ofType(resources, 'AWS::Cognito::UserPool')).toHaveLength(1);
    expect(ofType(resources, 'AWS::Lambda::EventSourceMapping')).toHaveLength(1);
    const decrypting = JSON.stringify(ofType(resources, 'AWS::IAM::Policy')).match(/"kms:Decrypt"/g);
    expect(decrypting?.length).toBeGreaterThan(5);
  });

  it.each([
    [{ userPool: 'eu-west-1_AbC' }, 'userPool.clientIds is undefined; expected: at least one app client id'],
    [{ clients: ['a'] }, 'userPool.id is undefined; expected: the id of a user pool'],
    [{ idleMinutes: 0 }, 'idleMinutes is 0; expected: a positive number'],
  ])('refuses %j in a sentence', (props, sentence) => {
    const make = () => new SessionBackend(newStack(), 'Sessions', { app: 'acme', stage: 'prod', ...props });
    expect(make).toThrow(`Stage "prod": ${sentence}`);
  });
});

describe.each<[string, boolean]>([
  ['of the same stack', true],
  ['of another stack, by its exports', false],
])('a backend %s', (_, same) => {
  const stack = newStack();
  const sessions = same
    ? new SessionBackend(stack, 'Sessions', { app: 'acme', stage: 'prod' })
    : SessionBackend.fromExports(stack, 'Sessions', { app: 'acme', stage: 'prod' });
  const orders = newFunction(stack);
  const rest = new RestApi(stack, 'Rest');
  rest.root.addMethod('GET', new LambdaIntegration(orders), { authorizer: sessions.restAuthorizer() });
  sessions.addGatewayResponses(rest);
  new HttpApi(stack, 'Http').addRoutes({
    path: '/orders',
    methods: [HttpMethod.GET],
    integration: new HttpLambdaIntegration('Integration', orders),
    authorizer: sessions.httpAuthorizer(),
  });
  new WebSocketApi(stack, 'WebSocket', {
    connectRouteOptions: {
      integration: new WebSocketLambdaIntegration('Integration', orders),
      authorizer: sessions.webSocketAuthorizer(),
    },
  });
  new GraphqlApi(stack, 'AppSync', {
    name: 'orders',
    definition: Definition.fromFile(join(__dirname, '..', 'data', 'orders.graphql')),
    authorizationConfig: { defaultAuthorization: sessions.appSyncAuthorizer() },
  });
  sessions.grantGuard(orders);
  const resources = resourcesOf(stack);
  const [authorizer] = ofType(resources, 'AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.FunctionName === 'acme-authorizer-prod',
  );

  it('authorizes a REST API, uncached, by a role of the API', () => {
    const [found] = ofType(resources, 'AWS::ApiGateway::Authorizer').filter(
      ({ Properties }) => JSON.stringify(Properties.RestApiId) === JSON.stringify(stack.resolve(rest.restApiId)),
    );
    expect(found.Properties).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
    expect(found.Properties).not.toHaveProperty('IdentitySource');
    expect(found.Properties.AuthorizerCredentials).toBeDefined();
    const denied = ofType(resources, 'AWS::ApiGateway::GatewayResponse').filter(
      ({ Properties }) => Properties.ResponseType === 'ACCESS_DENIED',
    );
    expect(denied).toHaveLength(same ? 2 : 1);
  });

  it('authorizes an HTTP API by payload 2.0 with simple answers, uncached, and a WebSocket API by a token in its address', () => {
    const found = ofType(resources, 'AWS::ApiGatewayV2::Authorizer').map(({ Properties }) => Properties);
    expect(found).toMatchObject([
      {
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 0,
        IdentitySource: ['$request.header.Authorization'],
      },
      { IdentitySource: ['route.request.querystring.token'] },
    ]);
  });

  it('authorizes an AppSync API, uncached', () => {
    const [api] = ofType(resources, 'AWS::AppSync::GraphQLApi');
    expect(api.Properties).toMatchObject({
      AuthenticationType: 'AWS_LAMBDA',
      LambdaAuthorizerConfig: { AuthorizerResultTtlInSeconds: 0 },
    });
  });

  it('lets each API’s service invoke the authorizer', () => {
    const principals = ofType(resources, 'AWS::Lambda::Permission')
      .filter(({ Properties }) => /Authorizer|ImportValue/.test(JSON.stringify(Properties.FunctionName)))
      .map(({ Properties }) => Properties.Principal);
    expect(new Set(principals)).toEqual(new Set(['apigateway.amazonaws.com', 'appsync.amazonaws.com']));
  });

  it('gives a guard its two permissions on the sessions, and one on the marks', () => {
    const { orders: actions } = actionsByFunction(resources);
    const all = Object.values(actions ?? {}).flat();
    expect([...new Set(all)].sort()).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
  });

  it('gives a guard the variables by which the authorizer decides', () => {
    const { Variables } = ofType(resources, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === 'orders',
    ).Properties.Environment;
    const OWN = [
      'LOCATION',
      'API_ID',
      'ROUTES_FOR_SERVERS',
      'ROUTES_WITHOUT_SESSION',
      'ANSWERS_CACHED',
      'POWERTOOLS_SERVICE_NAME',
    ];
    const names = [
      'ACCEPT_UNNAMED_SIGN_INS',
      ...(same ? [] : ['ADMIN_CLAIM']),
      'ADMIN_GROUP',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'MAX_AGE_DAYS',
      'OPENID_PROVIDERS',
      'SESSIONS_TABLE',
      'SIGN_INS_TABLE',
      'SIGN_IN_DAYS',
      'TOKEN_CLIENT_IDS',
      'TOKEN_ISSUER',
      'USER_INDEX',
    ];
    expect(Object.keys(Variables).sort()).toEqual(names);
    if (!same) return;
    const decides = Object.entries(authorizer.Properties.Environment.Variables).filter(([name]) => !OWN.includes(name));
    expect(Variables).toEqual(Object.fromEntries(decides));
  });

  it('tells another stack what its guards need, each value in its place', () => {
    if (same) {
      const [guard] = ofType(resources, 'AWS::SSM::Parameter');
      expect(guard.Properties).toMatchObject({ Name: '/session-backend/acme-sessions-prod/guard', Type: 'String' });
      const text = guard.Properties.Value['Fn::Join'][1]
        .map((part: unknown) => (typeof part === 'string' ? part : 'REF'))
        .join('');
      expect(text.split('\n')).toEqual([
        'REF',
        'REF',
        '30',
        '30',
        expect.any(String),
        'REF',
        'admin',
        '',
        'true',
        '[]',
      ]);
      return;
    }
    const { Variables } = ofType(resources, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === 'orders',
    ).Properties.Environment;
    const [[id, read] = []] = Object.entries<any>(Template.fromStack(stack).findParameters('*')).filter(
      ([, { Default }]) => Default === '/session-backend/acme-sessions-prod/guard',
    );
    // An export could not change while it is imported.
    expect(read.Type).toBe('AWS::SSM::Parameter::Value<String>');
    const split = { 'Fn::Split': ['\n', { Ref: id }] };
    expect(Variables.SESSIONS_TABLE).toEqual({ 'Fn::Select': [0, split] });
    expect(Variables.OPENID_PROVIDERS).toEqual({ 'Fn::Select': [9, split] });
  });
});

it('can tell the guards of other stacks of as many providers as a function’s environment has room for', () => {
  const stack = newStack();
  const openIdProviders = Array.from({ length: 12 }, (_, index) => ({
    name: `provider-${index}`,
    issuer: `https://id-${index}.example.com/realms/${'staff'.repeat(10)}`,
    audience: `https://api-${index}.example.com`,
  }));
  new SessionBackend(stack, 'Sessions', { app: 'acme', stage: 'prod', openIdProviders });
  const template = Template.fromStack(stack).toJSON();
  const [told] = ofType(template.Resources, 'AWS::SSM::Parameter');
  expect(JSON.stringify(told).length).toBeGreaterThan(1_024);
  // CloudFormation exports no longer text.
  for (const { Value } of Object.values<any>(template.Outputs).filter(({ Export }) => Export)) {
    expect(JSON.stringify(Value).length).toBeLessThan(200);
  }
});

it('the flags that the construct sets are as CDK recommends', () => {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  const { FLAGS } = require('../../lib/feature-flags');
  expect(context).toMatchObject(FLAGS);
});
