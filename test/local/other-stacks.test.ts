import type { Assembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { resolveTemplate } from '../../local/template';
import { Device } from '../support/api';
import { synthesizeExample } from '../support/examples';
import { startStack, synthesized } from '../support/stack';

let stack: LocalStack;
let rest: string;
let http: string;

beforeAll(async () => {
  const others = [synthesizeExample('RestApiExample'), synthesizeExample('HttpApiExample')];
  stack = await startStack({ others, log: () => undefined });
  [rest = '', http = ''] = stack.otherUrls;
});
afterAll(() => stack.close());

/** Sends a request to an API that is not the session backend's own. */
async function ask(url: string, token?: string, headers: Record<string, string> = {}, method = 'GET') {
  const reply = await fetch(url, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });
  const text = await reply.text();
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: text && JSON.parse(text) };
}

describe('beside the session backend, the local run serves', () => {
  it('a REST API, whose refusals say why', async () => {
    const device = await Device.register(stack, 'ada');
    expect(await ask(`${rest}orders`, device.idToken)).toMatchObject({ status: 200, body: { of: device.userId } });
    await device.logOut();
    expect(await ask(`${rest}orders`, device.idToken)).toMatchObject({
      status: 401,
      body: { error: { code: 'SESSION_ENDED', details: { reason: 'ended' } } },
    });
  });

  it('an HTTP API, whose refusals are its own: GET /session says why', async () => {
    const device = await Device.register(stack, 'ada');
    for (const token of [device.idToken, device.accessToken]) {
      expect(await ask(`${http}orders`, token)).toMatchObject({ status: 200, body: { orders: [], of: device.userId } });
    }
    await device.logOut();
    expect(await ask(`${http}orders`, device.idToken)).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    expect(await device.call('GET', '/session')).toMatchObject({
      status: 401,
      body: { error: { code: 'SESSION_ENDED' } },
    });
  });
});

describe('the HTTP API, as AWS documents it,', () => {
  it('answers 401 if the identity source is missing, and asks nobody', async () => {
    expect(await ask(`${http}orders`)).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
  });

  it('answers 403 for a bad token', async () => {
    expect(await ask(`${http}orders`, 'a.b.c')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
  });

  it.each(['nothing', 'orders/1', ''])('answers 404 where there is no route: /%s', async (path) => {
    const device = await Device.register(stack, 'ada');
    expect(await ask(`${http}${path}`, device.idToken)).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });

  it('answers a browser that asks first, and lets it read refusals', async () => {
    const origin = 'https://app.example.com';
    const preflight = await ask(`${http}orders`, undefined, { origin }, 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-allow-methods': 'GET',
    });
    expect((await ask(`${http}orders`, 'a.b.c', { origin })).headers['access-control-allow-origin']).toBe('*');
  });
});

it('a guard of another stack finds what this one tells it', () => {
  const issuer = 'http://127.0.0.1:3000/issuer';
  const example = synthesizeExample('GuardedFunctionExample');
  const isFunction = ([, { Type }]: [string, { Type: string }]) => /Function|IAM/.test(Type);
  const resources = Object.fromEntries(Object.entries(example.resources).filter(isFunction));
  const backend = resolveTemplate(synthesized(), { issuer });
  const guarded = resolveTemplate({ ...example, resources }, { issuer, imports: backend.exported });
  const [, orders] = guarded.only('AWS::Lambda::Function');
  const [, authorizer] =
    backend.all('AWS::Lambda::Function').find(([, { FunctionName }]) => FunctionName.includes('-authorizer-')) ?? [];
  const { ADMIN_CLAIM, AWS_NODEJS_CONNECTION_REUSE_ENABLED, ...given } = orders.Environment.Variables;
  expect(authorizer?.Environment.Variables).toMatchObject(given);
  expect([ADMIN_CLAIM, given.TOKEN_ISSUER]).toEqual(['', issuer]);
});

describe('a stack that cannot be served is refused at the start:', () => {
  const changed = (change: (resources: Record<string, any>) => void): Assembly => {
    const example = synthesizeExample('HttpApiExample');
    const resources = structuredClone(example.resources);
    change(resources);
    return { ...example, resources };
  };
  const propertiesOf = (resources: Record<string, any>, type: string) =>
    Object.values(resources).find(({ Type }) => Type === type)?.Properties;

  it.each<[string, (resources: Record<string, any>) => void, string]>([
    [
      'an import that nobody exports',
      (resources) => {
        propertiesOf(resources, 'AWS::ApiGatewayV2::Authorizer').AuthorizerUri = { 'Fn::ImportValue': 'nothing' };
      },
      'No stack here exports nothing',
    ],
    [
      'an authorizer whose answers are kept',
      (resources) => {
        propertiesOf(resources, 'AWS::ApiGatewayV2::Authorizer').AuthorizerResultTtlInSeconds = 300;
      },
      'no cache',
    ],
    [
      'a WebSocket API',
      (resources) => {
        propertiesOf(resources, 'AWS::ApiGatewayV2::Api').ProtocolType = 'WEBSOCKET';
      },
      'serves HTTP APIs',
    ],
    [
      'another payload',
      (resources) => {
        propertiesOf(resources, 'AWS::ApiGatewayV2::Integration').PayloadFormatVersion = '1.0';
      },
      'payload 2.0',
    ],
    [
      'no API',
      (resources) => {
        for (const [id, { Type }] of Object.entries(resources))
          if (/Gateway|Permission/.test(Type)) delete resources[id];
      },
      'has no API',
    ],
  ])('%s', async (_, change, message) => {
    await expect(startStack({ others: [changed(change)], log: () => undefined })).rejects.toThrow(message);
  });

  it('two APIs at one path', async () => {
    const example = synthesizeExample('HttpApiExample');
    await expect(startStack({ others: [example, example], log: () => undefined })).rejects.toThrow('Two APIs');
  });
});
