import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import { REGION, resolveTemplate, type Template } from '../../local/template';
import { runBundle, synthesizedFunction } from '../support/bundle';
import { synthesizedTemplate, synthesizeStage } from '../support/stack';

/** Every byte of a bundle is loaded at each cold start. One of the SDK's clients alone would be 100 KB more. */
const MOST_BYTES = 75_000;

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

describe('The table of countries', () => {
  const namesOf = (functions: readonly any[]) => functions.map(({ FunctionName }) => FunctionName).sort();
  const functionsOf = (template: Template) => template.all('AWS::Lambda::Function').map(([, properties]) => properties);

  it('is beside the functions that look places up, and beside no other', () => {
    const template = synthesizedTemplate();
    const having = functionsOf(template).filter(({ Code }) =>
      existsSync(join(template.assetPath(Code.S3Key), 'countries.bin')),
    );
    expect(namesOf(having)).toEqual(['aerotage-authorizer-dev', 'aerotage-createsession-dev']);
    expect(namesOf(functionsOf(template).filter(({ Environment }) => Environment.Variables.LOCATION))).toEqual(
      namesOf(having),
    );
  });

  it('is looked into by none if the stage wants no places', () => {
    const off = resolveTemplate(readAssembly(synthesizeStage({ location: 'off' })), { issuer: 'http://issuer.test' });
    expect(functionsOf(off).filter(({ Environment }) => Environment?.Variables.LOCATION)).toEqual([]);
  });
});

/** A removal of a session, as the change stream tells it. */
const REMOVAL = {
  eventID: 'one',
  eventName: 'REMOVE',
  dynamodb: { ApproximateCreationDateTime: 1, OldImage: { sessionId: { S: 'session' }, userId: { S: 'user' } } },
};
const END_SESSIONS = {
  source: 'a-tool',
  'detail-type': 'End Sessions',
  time: '2026-11-23T12:00:00Z',
  detail: { userId: 'user' },
};
const PASSWORD_RESET = {
  triggerSource: 'PostConfirmation_ConfirmForgotPassword',
  request: { userAttributes: { sub: 'user' } },
};
const EXECUTION = {
  DurableExecutionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cleanup:1/durable-execution/run/1',
  CheckpointToken: 'token',
  InitialExecutionState: { Operations: [{ Id: 'run', Type: 'EXECUTION', Status: 'STARTED' }] },
};

/** With the environment that the stack sets: the local run has other addresses in it. */
describe('In AWS, the bundle of', () => {
  const inAws = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  };
  /** No name is found: whatever the function would connect to is written down. */
  const nowhere = `const tls = require('node:tls'), asked = new Set(), { connect } = tls;
    tls.connect = (options, ...rest) => (asked.add(options.host + ':' + options.port), connect(options, ...rest));
    require('node:dns').lookup = (host, options, done) =>
      done(Object.assign(new Error('no such host'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host }));
    process.on('exit', () => console.log('\\nasked for ' + [...asked]))`;

  it.each([
    ['revokesessions', END_SESSIONS, 'dynamodb.eu-central-1.amazonaws.com'],
    ['passwordreset', PASSWORD_RESET, 'events.eu-central-1.amazonaws.com'],
    ['announcesessions', { Records: [REMOVAL] }, 'events.eu-central-1.amazonaws.com'],
    ['sessioncleanup', EXECUTION, 'lambda.eu-central-1.amazonaws.com'],
  ])('%s calls its service in the function’s region, by TLS', async (name, event, host) => {
    const { properties, folder } = synthesizedFunction(name);
    // As deployed to another region than the one that anything might fall back to.
    const variables = JSON.parse(JSON.stringify(properties.Environment.Variables).replaceAll(REGION, inAws.AWS_REGION));
    const env = { ...variables, ...inAws };
    const { logged } = await runBundle(folder, event, { env, before: nowhere });
    expect(/^asked for (.*)$/m.exec(logged)?.[1]).toBe(`${host}:443`);
  });
});
