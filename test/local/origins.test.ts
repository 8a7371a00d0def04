import { request as httpRequest } from 'node:http';
import { CreateTableCommand, DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LOCAL_CREDENTIALS, localClient } from '../../local/database';
import { allowedHosts } from '../../local/origins';
import type { LocalStack } from '../../local/stack';
import { startStack } from '../support/stack';

let stack: LocalStack;
let named: LocalStack;

beforeAll(async () => {
  stack = await startStack();
  named = await startStack({ allowedHosts: ['devbox'] });
});
afterAll(async () => {
  await stack.close();
  await named.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** A request with just these headers, as a browser or a client of AWS would send it. */
function ask(url: string, method: string, headers: Record<string, string>, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const SIGNED = `AWS4-HMAC-SHA256 Credential=${LOCAL_CREDENTIALS.accessKeyId}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;
const listTables = (headers: Record<string, string> = {}, of = stack) =>
  ask(
    of.databaseEndpoint,
    'POST',
    {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      authorization: SIGNED,
      ...headers,
    },
    '{}',
  );
const signIn = (headers: Record<string, string> = {}, of = stack) =>
  ask(`${of.url}/_local/sign-in`, 'POST', { 'content-type': 'application/json', ...headers }, '{"username":"ada"}');
const port = (of: LocalStack) => new URL(of.url).port;

describe('a host that is not this machine (DNS rebinding)', () => {
  const FOREIGN = [
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
    '10.0.0.1',
    '[::2]',
    'localhost:x',
  ];

  it.each(FOREIGN)('is refused at both ports: "%s"', async (host) => {
    expect((await ask(`${stack.url}/_local/health`, 'GET', { host })).status).toBe(403);
    expect((await ask(`${stack.apiUrl}users/me/sessions`, 'GET', { host })).status).toBe(403);
    expect((await ask(`${stack.url}/`, 'GET', { host })).status).toBe(403);
    expect((await signIn({ host })).status).toBe(403);
    expect((await listTables({ host })).status).toBe(403);
    expect((await ask(stack.databaseEndpoint, 'GET', { host })).status).toBe(403);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.1.2.3:80', '[::1]', '[::1]:8000'])(
    'is not "%s"',
    async (host) => {
      expect((await signIn({ host })).status).toBe(200);
      expect((await listTables({ host })).status).toBe(200);
      expect((await ask(`${stack.apiUrl}users/me/sessions`, 'GET', { host })).status).toBe(401);
    },
  );

  it('is not a name that ALLOWED_HOSTS adds', async () => {
    const headers = { host: `devbox:${port(named)}`, origin: `http://devbox:${port(named)}` };
    expect((await signIn(headers, named)).status).toBe(200);
    expect((await listTables(headers, named)).status).toBe(200);
    expect((await listTables({ host: 'devbox2' }, named)).status).toBe(403);
    expect((await signIn(headers)).status).toBe(403);
  });

  it('is named in the answer, with what to do', async () => {
    const { body } = await signIn({ host: 'evil.example' });
    expect(JSON.parse(body).error).toMatch(/"evil\.example".*ALLOWED_HOSTS/);
  });
});

describe('a page of another machine', () => {
  const FOREIGN = [
    'https://evil.example',
    'http://evil.example:3000',
    'http://localhost.evil.example',
    'null',
    'file://',
    'http://0.0.0.0:3000',
    'chrome-extension://abc',
  ];

  it.each(FOREIGN)('cannot sign in, refresh, look at events, fire a rule or reach the database: %s', async (origin) => {
    const answers = await Promise.all([
      signIn({ origin }),
      signIn({ origin, 'content-type': 'text/plain' }),
      ask(`${stack.url}/_local/refresh`, 'POST', { origin }, '{"refreshToken":"x"}'),
      ask(`${stack.url}/_local/sign-in`, 'OPTIONS', { origin, 'access-control-request-method': 'POST' }),
      ask(`${stack.url}/_local/events`, 'GET', { origin }),
      ask(`${stack.url}/_local/events/${stack.ruleNames[0]}`, 'POST', { origin }, '{}'),
      ask(`${stack.url}/_local/event-bus/`, 'POST', { origin, 'x-amz-target': 'AWSEvents.PutEvents' }, '{}'),
      ask(`${stack.url}/_local/user-pool/.well-known/jwks.json`, 'GET', { origin }),
      listTables({ origin }),
      ask(stack.databaseEndpoint, 'OPTIONS', { origin, 'access-control-request-method': 'POST' }),
      ask(stack.databaseEndpoint, 'GET', { origin }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(
      answers.flatMap(({ headers }) => Object.keys(headers)).filter((name) => /^access-control/.test(name)),
    ).toEqual([]);
  });

  it('gets the stage’s own CORS answers from the API', async () => {
    const origin = 'https://evil.example';
    const preflight = await ask(`${stack.apiUrl}users/me/sessions`, 'OPTIONS', {
      origin,
      'access-control-request-method': 'GET',
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
    const denied = await ask(`${stack.apiUrl}users/me/sessions`, 'GET', { origin });
    expect([denied.status, denied.headers['access-control-allow-origin']]).toEqual([401, '*']);
  });
});

describe('a page whose requests are traced', () => {
  /** Whether a browser goes on after a preflight: it compares names without case, and `*` does not cover Authorization. */
  async function passes(headers: string[]): Promise<boolean> {
    const asked = headers.map((header) => header.toLowerCase()).sort();
    const { status = 0, headers: answered } = await ask(`${stack.apiUrl}users/me/sessions`, 'OPTIONS', {
      origin: 'https://app.example.com',
      'access-control-request-method': 'GET',
      'access-control-request-headers': asked.join(','),
    });
    const allowed = String(answered['access-control-allow-headers']).toLowerCase().split(',');
    return status >= 200 && status < 300 && asked.every((header) => allowed.includes(header));
  }

  it.each([
    ['OpenTelemetry', ['traceparent', 'tracestate', 'baggage']],
    ['Sentry', ['sentry-trace', 'baggage', 'traceparent']],
    ['AWS X-Ray', ['X-Amzn-Trace-Id']],
    ['a gateway’s request id', ['X-Request-Id']],
    ['Zipkin', ['X-B3-TraceId', 'X-B3-SpanId', 'X-B3-ParentSpanId', 'X-B3-Sampled']],
    ['Datadog', ['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-origin', 'x-datadog-sampling-priority']],
    ['New Relic', ['newrelic', 'traceparent', 'tracestate']],
    ['Azure', ['Request-Id', 'Request-Context']],
  ])('by %s gets through the preflight', async (_, headers) => {
    expect(await passes(['Authorization', 'Content-Type', ...headers])).toBe(true);
  });

  it('does not with a header that the stage does not allow', async () => {
    expect(await passes(['Authorization', 'X-Anything'])).toBe(false);
  });
});

describe('a frontend’s development server on this machine', () => {
  const origin = 'http://localhost:5173';

  it.each(['sign-in', 'refresh'])('may call /_local/%s, with a preflight', async (route) => {
    const url = `${stack.url}/_local/${route}`;
    const preflight = await ask(url, 'OPTIONS', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type,x-amz-target',
        vary: 'origin',
      },
    });
    const answer = await ask(url, 'POST', { origin, 'content-type': 'application/json' }, '{}');
    expect([400, 401]).toContain(answer.status);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' });
  });

  it('cannot read anything else below /_local', async () => {
    const health = await ask(`${stack.url}/_local/health`, 'GET', { origin });
    expect([health.status, health.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    expect((await ask(`${stack.url}/_local/events`, 'OPTIONS', { origin })).status).toBe(404);
  });

  it('gets no preflight from the database', async () => {
    const preflight = await ask(stack.databaseEndpoint, 'OPTIONS', { origin, 'access-control-request-method': 'POST' });
    expect(preflight.status).toBe(404);
    expect(Object.keys(preflight.headers).filter((name) => /^access-control/.test(name))).toEqual([]);
  });
});

it('curl and the clients of AWS, which send no Origin, are served as before', async () => {
  expect((await signIn()).status).toBe(200);
  expect(
    (
      await ask(
        `${stack.url}/_local/sign-in`,
        'POST',
        { 'content-type': 'application/x-www-form-urlencoded' },
        '{"username":"ada"}',
      )
    ).status,
  ).toBe(200);
  const client = localClient(stack.databaseEndpoint.replace('127.0.0.1', 'localhost'));
  expect((await client.send(new ListTablesCommand({}))).TableNames).toContain(stack.sessionsTable);
  const table = { TableName: 'own', BillingMode: 'PAY_PER_REQUEST' as const };
  const key = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  const attributes = [{ AttributeName: 'id', AttributeType: 'S' as const }];
  await client.send(new CreateTableCommand({ ...table, KeySchema: key, AttributeDefinitions: attributes }));
  expect((await client.send(new DescribeTableCommand({ TableName: 'own' }))).Table?.TableName).toBe('own');
  client.destroy();
});

it.each([['http://devbox'], ['dev box'], ['a,b/c'], ['devbox:3000']])(
  'ALLOWED_HOSTS that is no list of names stops the start: %s',
  (text) => {
    expect(() => allowedHosts(text)).toThrow(/^ALLOWED_HOSTS has /);
  },
);

it('ALLOWED_HOSTS is a list of names in any case, with spaces', () => {
  expect(allowedHosts(' Devbox, dev.example ,,')).toEqual(['devbox', 'dev.example']);
});
