import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Aws, awsCommandLine, NotAsked } from '../../accept/aws';
import { deploymentOf } from '../../accept/deployment';
import { signingIn } from '../../accept/people';
import { Person } from '../../accept/person';
import { markdown } from '../../accept/report';
import { CHECKS } from '../../accept/run';
import type { Check, Target } from '../../accept/target';
import { checkedByModels } from '../support/aws-shapes';
import { runProgram } from '../support/command';
import { program, ROOT } from '../support/program';
import { rawResources } from '../support/stack';

const newFolder = () => mkdtempSync(join(tmpdir(), 'session-backend-accept-'));
const USER_POOL = { id: 'eu-west-1_AbCdEfGhI', clientId: '4example5client6id' };
const check = (id: string): Check => CHECKS[id] ?? (() => Promise.reject(new Error(`There is no ${id}.`)));

/** AWS, as far as a test plays it, in the shapes of the services' models; and the inputs that it got. */
function playedAws(answers: Readonly<Record<string, (input: any) => object>>) {
  const inputs: [operation: string, input: any][] = [];
  const aws: Aws = {
    async call(_, operation, input) {
      inputs.push([operation, input]);
      return answers[operation]?.(input) ?? {};
    },
  };
  return { aws: checkedByModels(aws), inputs };
}

const targetOf = (aws: Aws, more: Partial<Target> = {}): Target => ({
  name: 'a stage',
  apiUrl: 'http://127.0.0.1:9/',
  signIn: () => Promise.reject(new Error('Nobody signs in.')),
  own: {
    app: 'aerotage',
    stage: 'accept-1',
    aws,
    userPool: USER_POOL,
    database: { client: {}, tableName: 'table', tableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/table' },
    items: 50,
  },
  times: { poll: 1, outage: 1, most: 1_000 },
  say: () => undefined,
  ...more,
});

const tokenOf = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

describe('sign-in.rotated', () => {
  /** A pool that rotates, and changes a claim with the refresh of that number. */
  const pool = (changesAt: number) => {
    let refreshes = 0;
    const tokens = (RefreshToken: string) => {
      const IdToken = tokenOf({ origin_jti: 'one', auth_time: refreshes >= changesAt ? 2 : 1 });
      return { AuthenticationResult: { IdToken, AccessToken: IdToken, RefreshToken, TokenType: 'Bearer' } };
    };
    return playedAws({
      AdminInitiateAuth: () => tokens('refresh 0'),
      GetTokensFromRefreshToken({ RefreshToken }) {
        if (RefreshToken !== `refresh ${refreshes}`) throw new Error('This refresh token was used before.');
        refreshes++;
        return tokens(`refresh ${refreshes}`);
      },
    });
  };
  const ask = ({ aws }: ReturnType<typeof pool>) =>
    check('sign-in.rotated')(targetOf(aws, { signIn: signingIn(aws, 'http://127.0.0.1:9/', USER_POOL) }));

  it('holds if each refresh keeps the claims, and leaves rotation off', async () => {
    const played = pool(9);
    await expect(ask(played)).resolves.toMatch(/kept both/);
    const rotation = played.inputs.filter(([operation]) => operation === 'UpdateUserPoolClient');
    expect(rotation.map(([, input]) => [input.RefreshTokenRotation.Feature, input.ExplicitAuthFlows])).toEqual([
      ['ENABLED', ['ALLOW_ADMIN_USER_PASSWORD_AUTH']],
      ['DISABLED', ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']],
    ]);
  });

  it('does not hold if the second refresh changes one', async () => {
    await expect(ask(pool(2))).rejects.toThrow('auth_time was 1 first, and then 2.');
  });
});

describe('alarms.told', () => {
  const ask = (HistorySummary: string) => {
    let looked = 0;
    const AlarmHistoryItems = () => (++looked > 2 ? [{ AlarmName: 'cleanup-failed', HistorySummary }] : []);
    const { aws } = playedAws({ DescribeAlarmHistory: () => ({ AlarmHistoryItems: AlarmHistoryItems() }) });
    return check('alarms.told')(targetOf(aws));
  };

  it('holds once the alarm has told its topic', async () => {
    await expect(ask('Successfully executed action arn:aws:sns:…')).resolves.toMatch(/topic was told/);
  });

  it('does not hold if the topic refuses the alarm', async () => {
    await expect(ask('Failed to execute action arn:aws:sns:…')).rejects.toThrow('Failed to execute action');
  });
});

describe('gateway.authorizer-throttled', () => {
  it.each<[string, number, string | undefined, RegExp]>([
    ['holds if clients are told to try again', 503, 'TRY_AGAIN', /503 TRY_AGAIN/],
    ['does not hold if they get an internal error', 500, 'INTERNAL_SERVER_ERROR', /answered 500/],
  ])('%s', async (_, failing, code, said) => {
    let throttled = false;
    const server = createServer((_, response) => {
      const [status, own] = throttled ? [failing, code] : [401, 'SESSION_ENDED'];
      response.writeHead(status, { 'access-control-allow-origin': '*', 'retry-after': '1' });
      response.end(JSON.stringify({ success: false, error: { code: own } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { aws } = playedAws({
      PutFunctionConcurrency({ ReservedConcurrentExecutions }) {
        throttled = ReservedConcurrentExecutions === 0;
        return { ReservedConcurrentExecutions };
      },
      DeleteFunctionConcurrency() {
        throttled = false;
        return {};
      },
    });
    const signIn = async () => new Person(apiUrl, tokenOf({ sub: 'ada' }));
    try {
      const seen = check('gateway.authorizer-throttled')(targetOf(aws, { apiUrl, signIn })).catch(String);
      await expect(seen).resolves.toMatch(said);
      expect(throttled).toBe(false);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a stage of its own', () => {
  const STACK = 'aerotage-sessions-accept-1';
  const outputs = {
    ApiUrl: 'https://api.example.com/accept-1/',
    AuthorizerArn: 'arn:aws-cn:lambda:cn-north-1:123456789012:function:aerotage-authorizer-accept-1',
    SessionsTable: 'aerotage-user-sessions-accept-1',
    TokenIssuer: 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbCdEfGhI',
    TokenClientIds: '4example5client6id',
  };
  const deployed = (aws: Aws, said: string[] = []) => {
    const ran: (readonly string[])[] = [];
    const run = async (parameters: readonly string[]) => {
      ran.push(parameters);
      if (parameters[0] === 'destroy') throw new Error('cdk destroy failed.');
      const file = parameters[parameters.indexOf('--outputs-file') + 1] ?? '';
      writeFileSync(file, JSON.stringify({ [STACK]: outputs }));
    };
    return { ran, ...deploymentOf(aws, 'aerotage', 'accept-1', (sentence) => said.push(sentence), run) };
  };

  it('is found by the outputs of its stack', async () => {
    const target = await deployed(playedAws({}).aws).deploy();
    expect(target.own).toMatchObject({
      userPool: { id: 'cn-north-1_AbCdEfGhI', clientId: '4example5client6id' },
      database: { tableArn: `arn:aws-cn:dynamodb:cn-north-1:123456789012:table/${outputs.SessionsTable}` },
    });
  });

  it('is deployed again as another change of the same stage', async () => {
    const { ran, deploy } = deployed(playedAws({}).aws);
    await (await deploy()).own?.deployAgain?.();
    const changes = ran.map((flags) => flags.filter((flag) => /^(stage|change)=/.test(flag)));
    expect(changes).toEqual([
      ['stage=accept-1', 'change=none'],
      ['stage=accept-1', 'change=again'],
    ]);
  });

  it('is removed only when its deployment has ended', async () => {
    const events: string[] = [];
    const run = async ([command]: readonly string[]) => {
      events.push(`${command} begins`);
      await new Promise(setImmediate);
      events.push(`${command} ends`);
    };
    const { deploy, remove } = deploymentOf(playedAws({}).aws, 'aerotage', 'accept-1', () => undefined, run);
    const deploying = deploy().catch(() => undefined);
    await remove().catch(() => undefined);
    await deploying;
    expect(events).toEqual(['deploy begins', 'deploy ends', 'destroy begins', 'destroy ends']);
  });

  it('lists what could not be removed', async () => {
    const summary = (ResourceType: string, PhysicalResourceId: string, ResourceStatus: string) => ({
      ...{ ResourceType, PhysicalResourceId, ResourceStatus },
      LogicalResourceId: 'One',
      LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
    });
    const { aws } = playedAws({
      ListStackResources: () => ({
        StackResourceSummaries: [
          summary('AWS::DynamoDB::Table', 'aerotage-user-sessions-accept-1', 'DELETE_FAILED'),
          summary('AWS::SQS::Queue', 'gone', 'DELETE_COMPLETE'),
        ],
      }),
    });
    const said: string[] = [];
    const left = (await deployed(aws, said).remove()).join('\n');
    expect(said).toContain('cdk destroy failed.');
    expect(left).toMatch(/^AWS::DynamoDB::Table aerotage-user-sessions-accept-1\n.*delete-stack --stack-name aerotage/);
    expect(left).not.toMatch(/SQS/);
  });

  it('leaves only the assets of the toolkit if the stack is gone', async () => {
    const { aws } = playedAws({
      ListStackResources() {
        throw new Error(`An error occurred (ValidationError): Stack with id ${STACK} does not exist`);
      },
    });
    expect(await deployed(aws).remove()).toEqual([expect.stringMatching(/toolkit/)]);
  });

  it('retains nothing, signs in by password, and collects the events', async () => {
    const folder = newFolder();
    const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
    const own = { stage: 'accept-12345678', change: 'none', 'aws:cdk:bundling-stacks': [] };
    const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...own }) };
    expect(await runProgram(process.execPath, [await program('accept/app.ts')], env)).toMatchObject({ code: 0 });
    const resources = Object.values(rawResources(folder));
    const retained = resources.filter(({ DeletionPolicy }) => /^Retain/.test(DeletionPolicy ?? ''));
    expect(retained.map(({ Type }) => Type).filter((type) => type !== 'AWS::Lambda::Version')).toEqual([]);
    const client = resources.find(({ Type }) => Type === 'AWS::Cognito::UserPoolClient');
    expect(client.Properties.ExplicitAuthFlows).toEqual(['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']);
    const queues = resources.filter(({ Type }) => Type === 'AWS::SQS::Queue').map(({ Properties }) => Properties);
    expect(queues).toContainEqual(expect.objectContaining({ QueueName: 'aerotage-accept-events-accept-12345678' }));
    expect(resources.map(({ Type }) => Type)).not.toContain('AWS::ApiGateway::Account');
  });
});

describe('the AWS command line', () => {
  const commandOf = (script: string): string => {
    const file = join(newFolder(), 'aws');
    writeFileSync(file, `#!${process.execPath}\n${script}`);
    chmodSync(file, 0o755);
    return file;
  };

  it('gets the operation in its own spelling, and the input as JSON', async () => {
    const aws = awsCommandLine(commandOf('console.log(JSON.stringify(process.argv.slice(2)))'));
    const input = { UserPoolId: 'eu-west-1_AbCdEfGhI', Username: 'ada' };
    expect(await aws.call('cognito-idp', 'AdminGetUser', input)).toEqual([
      ...['cognito-idp', 'admin-get-user', '--cli-input-json', JSON.stringify(input), '--output', 'json'],
    ]);
  });

  it('gets flags, and a file for the answer, if it invokes a function', async () => {
    const aws = awsCommandLine(commandOf('console.log(JSON.stringify(process.argv.slice(2)))'));
    expect(await aws.call('lambda', 'Invoke', { FunctionName: 'cleanup', InvocationType: 'Event' })).toEqual([
      ...['lambda', 'invoke', '--function-name', 'cleanup', '--invocation-type', 'Event', devNull, '--output', 'json'],
    ]);
  });

  it('gives an empty answer for no output', async () => {
    expect(await awsCommandLine(commandOf('')).call('sqs', 'PurgeQueue', {})).toEqual({});
  });

  it('fails with the service’s words, and without the input', async () => {
    const said = 'An error occurred (UsernameExistsException) when calling the AdminCreateUser operation: exists';
    const aws = awsCommandLine(commandOf(`console.error(${JSON.stringify(said)}); process.exit(254)`));
    const failure = aws.call('cognito-idp', 'AdminCreateUser', { Password: 'secret' }).catch(String);
    await expect(failure).resolves.toBe(`Error: cognito-idp admin-create-user: ${said}`);
  });

  it('is named if it is not installed', async () => {
    const aws = awsCommandLine(join(newFolder(), 'none'));
    await expect(aws.call('sts', 'GetCallerIdentity', {})).rejects.toThrow('the AWS command line is needed');
  });
});

it('the report has a line for each assumption, and keeps its table whole', () => {
  const text = markdown({
    target: 'a stage',
    at: '2026-01-01T00:00:00.000Z',
    results: [
      { id: 'a.b', sentence: 'It holds.', result: 'held', because: 'a | b\nc' },
      { id: 'c.d', sentence: 'It is asked.', result: 'not asked', because: new NotAsked('No.').message },
    ],
    latencies: [{ route: 'POST /logout', first: 900, further: 40 }],
    left: ['a queue'],
  });
  expect(text).toContain('1 held, 0 did not hold, 1 were not asked.');
  expect(text).toContain('| a.b | It holds. | held | a \\| b\\u{a}c |');
  expect(text).toContain('| POST /logout | 900 | 40 |');
  expect(text).toContain('Not removed: a queue');
});

describe('npm run accept', () => {
  const run = async (...flags: string[]) => runProgram(process.execPath, [await program('accept/main.ts'), ...flags]);

  it('says which parts there are, if it is asked for another one', async () => {
    const { code, stderr } = await run('--only', 'everything');
    expect(code).toBe(2);
    expect(stderr).toMatch(/one of latency, contract, sign-in, ending, users, gateway, alarms, cleanup is expected/);
  });

  it('needs a sign-in for a stage that exists', async () => {
    const { code, stderr } = await run('--url', 'https://api.example.com/dev/');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Error: --url needs --id-token.\n' });
  });
});
