import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import { FunctionFailure, type Functions, localFunctions } from '../../local/functions';
import { localGateway } from '../../local/gateway';
import { safely } from '../../local/server';
import { resolveTemplate } from '../../local/template';
import { changedAssembly, synthesizedTemplate } from '../support/stack';

type Resources = Record<string, any>;
type Answer = { status: number; body: any };

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const policy = (Effect: 'Allow' | 'Deny', Resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
});
const DENIAL = {
  code: 'SESSION_ENDED',
  message: 'This session has been terminated.',
  timestamp: 'now',
  reason: 'ended',
};

/** The stack's gateway with functions that a test plays, and what they were called with. */
async function gateway(
  authorizer: (event: any) => unknown,
  change?: (resources: Resources) => void,
  handler: () => unknown = () => ({ statusCode: 200, body: '{}' }),
) {
  const template = change
    ? resolveTemplate(readAssembly(changedAssembly(change)), { issuer: '' })
    : synthesizedTemplate();
  const events: { authorizer: any[]; handler: any[] } = { authorizer: [], handler: [] };
  const functions: Pick<Functions, 'invoke'> = {
    async invoke(arn, event: any) {
      const isAuthorizer = arn.includes('-authorizer-');
      events[isAuthorizer ? 'authorizer' : 'handler'].push(event);
      return isAuthorizer ? authorizer(event) : handler();
    },
  };
  const { serve, stagePath } = localGateway(template, functions as Functions);
  const server = createServer(safely(serve, (response) => void response.writeHead(500).end('{}')));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { port, host: '127.0.0.1', method, path: `${stagePath}${path}`, headers, agent: false },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text || '{}') }));
        },
      );
      request.on('error', reject);
      request.end();
    });
  return { ask, events, apiId: template.ref(template.only('AWS::ApiGateway::RestApi')[0]) };
}

const allowAll = () => ({
  principalId: 'me',
  policyDocument: policy('Allow', '*'),
  context: { userId: 'me', count: 1 },
});

describe('an authorizer', () => {
  const onlyOwnAnswer = (type: string, StatusCode: string) => (resources: Resources) => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type === 'AWS::ApiGateway::GatewayResponse' && Properties.ResponseType === type)
        Properties.StatusCode = StatusCode;
    }
  };

  it('that throws is answered through AUTHORIZER_CONFIGURATION_ERROR', async () => {
    const { ask } = await gateway(
      () => {
        throw new FunctionFailure('no database');
      },
      onlyOwnAnswer('AUTHORIZER_CONFIGURATION_ERROR', '599'),
    );
    expect((await ask('GET', 'users/me/sessions')).status).toBe(599);
  });

  it('that throws "Unauthorized" is answered through UNAUTHORIZED', async () => {
    const { ask } = await gateway(() => {
      throw new FunctionFailure('Unauthorized');
    });
    expect((await ask('GET', 'users/me/sessions')).status).toBe(401);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no policy', { principalId: 'x' }],
    ['a context that is not flat', { ...allowAll(), context: { a: { b: 1 } } }],
  ])('that returns %s is answered through AUTHORIZER_CONFIGURATION_ERROR', async (_, result) => {
    const { ask } = await gateway(() => result, onlyOwnAnswer('AUTHORIZER_CONFIGURATION_ERROR', '599'));
    expect((await ask('GET', 'users/me/sessions')).status).toBe(599);
  });

  it('that denies explicitly has its context in the answer', async () => {
    const { ask } = await gateway(() => ({ principalId: 'x', policyDocument: policy('Deny', '*'), context: DENIAL }));
    const { status, body } = await ask('GET', 'users/me/sessions');
    expect([status, body.error.code]).toEqual([401, 'SESSION_ENDED']);
  });

  it('that merely does not allow a request has no context in the answer', async () => {
    const { ask } = await gateway(() => ({
      principalId: 'x',
      policyDocument: policy('Allow', 'arn:other'),
      context: DENIAL,
    }));
    const { status, body } = await ask('GET', 'users/me/sessions');
    expect([status, body.error.code, body.error.message]).toEqual([401, '', '']);
  });

  it('gets the request without its body, and with the resolved id of the API', async () => {
    const { ask, events, apiId } = await gateway(allowAll);
    await ask('POST', 'logout');
    const [event] = events.authorizer;
    expect(event).toMatchObject({ type: 'REQUEST', resource: '/logout', requestContext: { apiId } });
    expect(event.methodArn).toBe(`arn:aws:execute-api:us-east-1:000000000000:${apiId}/dev/POST/logout`);
    expect(event).not.toHaveProperty('body');
    expect(events.handler[0].requestContext).toMatchObject({ apiId, authorizer: { userId: 'me', count: '1' } });
  });
});

it('a function’s environment that refers to the API has the id that its events have', async () => {
  const withApiId = (resources: Resources) => {
    const [api] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::ApiGateway::RestApi') ?? [];
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type === 'AWS::Lambda::Function') Properties.Environment = { Variables: { SEEN_API: { Ref: api } } };
    }
  };
  const { ask, events } = await gateway(allowAll, withApiId);
  await ask('POST', 'logout');
  const template = resolveTemplate(readAssembly(changedAssembly(withApiId)), { issuer: '' });
  const [[, { Environment }] = ['', {} as any]] = template.all('AWS::Lambda::Function');
  expect(Environment.Variables.SEEN_API).toBe(events.authorizer[0].requestContext.apiId);
});

describe('an authorizer whose answers are kept', () => {
  const keep = (resources: Resources) => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::ApiGateway::Authorizer') continue;
      Properties.AuthorizerResultTtlInSeconds = 300;
      Properties.IdentitySource = 'method.request.header.Authorization,context.httpMethod';
    }
  };

  it('is asked once for the same values of its identity sources, and again for others', async () => {
    const { ask, events } = await gateway(allowAll, keep);
    for (const token of ['one', 'one', 'two', 'one']) await ask('GET', 'users/me/sessions', { AUTHORIZATION: token });
    await ask('DELETE', 'users/me/sessions', { authorization: 'one' });
    expect(events.authorizer).toHaveLength(3);
  });

  it('is not asked without one of them', async () => {
    const { ask, events } = await gateway(allowAll, keep);
    expect((await ask('GET', 'users/me/sessions')).status).toBe(401);
    expect(events.authorizer).toEqual([]);
  });

  it('has its policy applied to each request', async () => {
    const onlyList = { principalId: 'x', policyDocument: policy('Allow', '*/GET/users/me/sessions') };
    const { ask } = await gateway(() => onlyList, keep);
    expect((await ask('GET', 'users/me/sessions', { authorization: 'one' })).status).toBe(200);
    expect((await ask('GET', 'users/you/sessions', { authorization: 'one' })).status).toBe(401);
  });

  it('is asked again after it has thrown', async () => {
    let failures = 1;
    const { ask } = await gateway(() => {
      if (failures-- > 0) throw new FunctionFailure('no database');
      return allowAll();
    }, keep);
    await ask('GET', 'users/me/sessions', { authorization: 'one' });
    expect((await ask('GET', 'users/me/sessions', { authorization: 'one' })).status).toBe(200);
  });
});

it('a function that takes longer than its time-out is an internal error: the gateway’s own time-out is another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-slow-'));
  writeFileSync(join(folder, 'index.js'), 'exports.handler = () => new Promise(() => {});');
  const Properties = {
    ...{ FunctionName: 'slow', Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 0.01, MemorySize: 128 },
    Code: { S3Key: 'slow' },
  };
  const resources = { Slow: { Type: 'AWS::Lambda::Function', Properties } };
  const template = resolveTemplate({ resources, exports: {}, assetPath: () => folder }, { issuer: '' });
  const functions = localFunctions(template, { database: '', eventBus: '', userPool: '' }, () => undefined);
  try {
    const { ask } = await gateway(allowAll, undefined, () => functions.invoke('slow', {}));
    const { status, body } = await ask('GET', 'users/me/sessions');
    expect([status, body.error.code]).toEqual([502, 'INTERNAL_SERVER_ERROR']);
  } finally {
    await functions.stop();
  }
});

it('a path with a slash at its end leads to the same method, and the function sees the slash', async () => {
  const { ask, events } = await gateway(allowAll);
  expect((await ask('DELETE', 'users/me/sessions/')).status).toBe(200);
  expect(events.handler[0]).toMatchObject({ resource: '/users/{id}/sessions', path: '/users/me/sessions/' });
  expect(events.authorizer[0].methodArn).toMatch(/\/DELETE\/users\/me\/sessions$/);
  expect((await ask('DELETE', 'users/me/sessions//')).body.error.code).toBe('MISSING_AUTHENTICATION_TOKEN');
});

it('a function gets header names as the client wrote them', async () => {
  const { ask, events } = await gateway(allowAll);
  await ask('POST', 'logout', { 'X-Odd-CASE': '1', 'user-agent': 'test' });
  expect(events.handler[0].headers).toMatchObject({ 'X-Odd-CASE': '1', 'user-agent': 'test' });
  expect(events.handler[0].multiValueHeaders['X-Odd-CASE']).toEqual(['1']);
  expect(events.handler[0].requestContext.identity.userAgent).toBe('test');
});
