import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FunctionFailure, type Functions } from '../../local/functions';
import { localGateway } from '../../local/gateway';
import { readMethods } from '../../local/gateway-methods';
import { safely } from '../../local/server';
import type { Template } from '../../local/template';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:one';
const uri = (arn: string) => `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;

/** A template of one method, `GET /things/{id}`, with these changes. */
function templateOf({ method = {}, authorizer = {}, permission = {} }: Record<string, object> = {}): Template {
  const resources: Record<string, [string, Record<string, unknown>][]> = {
    'AWS::ApiGateway::RestApi': [['Api', {}]],
    'AWS::ApiGateway::Stage': [['Stage', { StageName: 'dev' }]],
    'AWS::ApiGateway::Resource': [
      ['Things', { PathPart: 'things', ParentId: 'root' }],
      ['Thing', { PathPart: '{id}', ParentId: 'Things' }],
    ],
    'AWS::ApiGateway::Authorizer': [['Authorizer', { Type: 'REQUEST', AuthorizerUri: uri(FUNCTION), ...authorizer }]],
    'AWS::ApiGateway::Method': [
      [
        'Method',
        {
          HttpMethod: 'GET',
          ResourceId: 'Thing',
          AuthorizationType: 'NONE',
          Integration: { Type: 'AWS_PROXY', Uri: uri(FUNCTION) },
          ...method,
        },
      ],
    ],
    'AWS::Lambda::Permission': [
      [
        'Permission',
        {
          Principal: 'apigateway.amazonaws.com',
          FunctionName: FUNCTION,
          SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:*/dev/GET/things/*',
          ...permission,
        },
      ],
    ],
  };
  const all = (type: string) => resources[type] ?? [];
  return { all, only: (type: string) => all(type)[0], ref: (id: string) => id } as unknown as Template;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Asks the gateway for `/things/7`. */
async function ask(template: Template, invoke: () => unknown = () => ({ statusCode: 200, body: '{}' })) {
  const invoked = jest.fn(async () => invoke());
  const { serve } = localGateway(template, { invoke: invoked } as unknown as Functions);
  const server = createServer(safely(serve, (response) => void response.writeHead(599).end()));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const url = `http://127.0.0.1:${port}/dev/things/7`;
    const { status } = await fetch(url, { headers: { connection: 'close' } });
    return { status, invoked: invoked.mock.calls.length, printed: errors.mock.calls.length };
  } finally {
    errors.mockRestore();
  }
}

describe('the gateway', () => {
  it('calls a function that it has the permission to call', async () => {
    expect(await ask(templateOf())).toEqual({ status: 200, invoked: 1, printed: 0 });
  });

  it.each([
    { SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:*/dev/POST/things/*' },
    { SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:*/dev/GET/others/*' },
    { Principal: 'events.amazonaws.com' },
    { FunctionName: `${FUNCTION}-other` },
  ])('does not call a function whose permission says %j', async (permission) => {
    expect(await ask(templateOf({ permission }))).toEqual({ status: 500, invoked: 0, printed: 0 });
  });

  it('answers 502 if a function fails: that is the function’s to report, not the gateway’s', async () => {
    const fail = () => {
      throw new FunctionFailure('broken');
    };
    expect(await ask(templateOf(), fail)).toEqual({ status: 502, invoked: 1, printed: 0 });
  });

  it('answers 502 and prints what nobody has foreseen', async () => {
    const fail = () => {
      throw new TypeError('broken');
    };
    expect(await ask(templateOf(), fail)).toEqual({ status: 502, invoked: 1, printed: 1 });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no status', { body: '{}' }],
    ['a status that is a text', { statusCode: '200' }],
  ])('answers 502 if a function returns %s', async (_, result) => {
    expect((await ask(templateOf(), () => result)).status).toBe(502);
  });
});

describe('a method', () => {
  const read = (changes: Record<string, object>) => readMethods(templateOf(changes)).get('GET /things/{id}');
  const custom = { AuthorizationType: 'CUSTOM', AuthorizerId: 'Authorizer' };

  it('has its function, its path, and an authorizer if it names one', () => {
    expect(read({})).toMatchObject({ resourcePath: '/things/{id}', functionArn: FUNCTION, authorizer: undefined });
    expect(read({ method: custom })?.authorizer?.functionArn).toBe(FUNCTION);
  });

  it('keeps its authorizer’s answers for five minutes unless the template says otherwise, as AWS does', () => {
    expect(read({ method: custom })?.authorizer).toMatchObject({ cacheSeconds: 300, identitySources: [] });
    const authorizer = { AuthorizerResultTtlInSeconds: 0, IdentitySource: 'a,b' };
    expect(read({ method: custom, authorizer })?.authorizer).toMatchObject({
      cacheSeconds: 0,
      identitySources: ['a', 'b'],
    });
  });

  it.each<[object]>([
    [{ AuthorizationType: 'AWS_IAM' }],
    [{ AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: 'Authorizer' }],
    [{ AuthorizationType: 'CUSTOM', AuthorizerId: 'Another' }],
    [{ AuthorizationType: undefined }],
    [{ ApiKeyRequired: true }],
    [{ RequestValidatorId: 'Validator' }],
    [{ HttpMethod: 'ANY' }],
    [{ Integration: { Type: 'HTTP_PROXY' } }],
    [{ Integration: { Type: 'AWS_PROXY', Uri: 'arn:other' } }],
  ])('with %j is refused, and never open', (method) => {
    expect(() => read({ method })).toThrow(/The local run does not (support|know)/);
  });

  it('with an authorizer of tokens is refused', () => {
    expect(() => read({ method: custom, authorizer: { Type: 'TOKEN' } })).toThrow('its type is TOKEN');
  });
});
