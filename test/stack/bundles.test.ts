import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { synthesizedTemplate } from '../support/stack';

/** Every byte of a bundle is loaded at each cold start. One of the SDK's clients alone would be 100 KB more. */
const MOST_BYTES = 130_000;

describe('The bundle of a function of the API', () => {
  const template = synthesizedTemplate();
  const functions = template
    .all('AWS::Lambda::Function')
    .map(([, properties]) => properties)
    // The cleanup carries the engine of durable executions, and nobody waits for its cold start.
    .filter(({ DurableConfig }) => !DurableConfig)
    .map(({ FunctionName, Code }) => [FunctionName, join(template.assetPath(Code.S3Key), 'index.js')] as const);

  test.each(functions)('%s is small', (_, file) => {
    expect(statSync(file).size).toBeLessThanOrEqual(MOST_BYTES);
  });
});

/** A removal of a session, as the change stream tells it. */
const REMOVAL = {
  eventID: 'one',
  eventName: 'REMOVE',
  dynamodb: { ApproximateCreationDateTime: 1, OldImage: { sessionId: { S: 'session' }, userId: { S: 'user' } } },
};
const EXECUTION = {
  DurableExecutionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cleanup:1/durable-execution/run/1',
  CheckpointToken: 'token',
  InitialExecutionState: { Operations: [{ Id: 'run', Type: 'EXECUTION', Status: 'STARTED' }] },
};

/** In AWS there is no endpoint in the environment: what the local run never sees. */
describe('In AWS, the bundle of', () => {
  const template = synthesizedTemplate();
  const inAws = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    PATH: process.env.PATH,
  };

  it.each([
    ['sessionevents', { detail: { userId: 'user' } }, 'dynamodb.eu-central-1.amazonaws.com'],
    ['sessionended', { Records: [REMOVAL] }, 'events.eu-central-1.amazonaws.com'],
    ['sessioncleanup', EXECUTION, 'lambda.eu-central-1.amazonaws.com'],
  ])('%s calls its service in the function’s region, by TLS', async (name, event, host) => {
    const { Code, Environment } = template
      .all('AWS::Lambda::Function')
      .map(([, properties]) => properties)
      .find(({ FunctionName }) => FunctionName.includes(name)) as Record<string, any>;
    // No name is found: whatever the function would connect to is written down.
    const script = `const tls = require('node:tls'), asked = new Set();
      const connect = tls.connect;
      tls.connect = (options, ...rest) => (asked.add(options.host + ':' + options.port), connect(options, ...rest));
      require('node:dns').lookup = (host, options, done) =>
        done(Object.assign(new Error('no such host'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host }));
      const end = () => { console.log('\\n' + JSON.stringify([...asked])); process.exit(); };
      require(${JSON.stringify(join(template.assetPath(Code.S3Key), 'index.js'))})
        .handler(${JSON.stringify(event)}, { awsRequestId: 'one', getRemainingTimeInMillis: () => 60_000 })
        .then(end, end);`;
    const env = { ...Environment.Variables, ...inAws };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([`${host}:443`]);
  });
});
