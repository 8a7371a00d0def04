import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callersAccount } from '../../cli/aws-account';
import { BOOTSTRAP_VERSION, checkAll, PREREQUISITES } from '../../cli/prerequisites';
import { type StageConfiguration, settleStage } from '../../lib/stage';
import { runProgram } from '../support/command';
import { program, ROOT } from '../support/program';
import { type ScriptedService, type ServiceRequest, scriptedService } from '../support/scripted-service';
import { synthesizeStage } from '../support/stack';

/** What a service answers, by its name, and for CloudTrail by the operation's. */
type Script = Readonly<Record<string, object>>;

const ROLE = 'arn:aws:iam::123456789012:role/aerotage-sessions-dev-SessionApiApiCloudWatchRole-1A2B';
const DENIED = { status: 403, errorType: 'AccessDeniedException:http://internal.amazon.com/', Message: 'Not allowed.' };

/** An account that has everything, and has the stage dev already. */
const READY: Script = {
  lambda: { AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 900 } },
  durable: { DurableExecutions: [] },
  ssm: { Parameter: { Value: '30' } },
  apigateway: { cloudwatchRoleArn: ROLE },
  DescribeTrails: { trailList: [{ Name: 'all', TrailARN: 'arn:aws:cloudtrail:eu-west-1:123456789012:trail/all' }] },
  GetTrailStatus: { IsLogging: true },
  GetEventSelectors: { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] },
};

const serviceOf = ({ headers }: ServiceRequest) =>
  /\/([\w-]+)\/([\w-]+)\/aws4_request/.exec(String(headers.authorization))?.slice(1) ?? [];

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };

describe('npm run preflight', () => {
  let service: ScriptedService;
  let script: Script;
  const before = { ...process.env };

  beforeAll(async () => {
    service = await scriptedService((request) => {
      const operation =
        String(request.headers['x-amz-target'] ?? '')
          .split('.')
          .pop() ?? '';
      const [, name = ''] = serviceOf(request);
      const known = request.path.endsWith('/durable-executions') ? 'durable' : name === 'cloudtrail' ? operation : name;
      return script[known] ?? { status: 400, __type: 'Unexpected', message: `${request.path} ${operation}` };
    });
  });
  beforeEach(() => {
    script = READY;
    service.requests.length = 0;
    Object.assign(process.env, CREDENTIALS, { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: service.endpoint });
  });
  afterEach(() => {
    process.env = { ...before };
  });
  afterAll(() => service.close());

  /** What is found about each prerequisite, by its name. */
  async function findings(changes: Script = {}, configuration: StageConfiguration = {}) {
    script = { ...READY, ...changes };
    const found = await checkAll(await callersAccount(), settleStage('dev', configuration));
    return Object.fromEntries(found.map(({ name, status, sentence }) => [name, `${status}: ${sentence}`]));
  }

  it('finds that an account has everything', async () => {
    expect(await findings()).toEqual({
      'Concurrency of Lambda':
        'ok: Lambda may run 900 functions at once, and this stage can need 100, for its 500 requests per second.',
      'Durable functions': 'ok: Lambda has durable functions in eu-west-1, which the cleanup needs.',
      'CDK bootstrap': 'ok: CDK is bootstrapped in eu-west-1, at version 30.',
      'Role for the logs of API Gateway': 'ok: API Gateway writes its logs by the role that this stage has set.',
      'CloudTrail for the events of Cognito': 'ok: The trail all records the management events of eu-west-1.',
    });
  });

  it('asks each service with a signature for it, in the caller’s name and region', async () => {
    await findings();
    expect(new Set(service.requests.map((request) => serviceOf(request).join(' ')))).toEqual(
      new Set(['eu-west-1 lambda', 'eu-west-1 ssm', 'eu-west-1 apigateway', 'eu-west-1 cloudtrail']),
    );
    for (const { headers } of service.requests) {
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\//);
      expect(headers['x-amz-security-token']).toBe('token');
      expect(headers.connection).toBe('close');
    }
  });

  it.each<[string, Script, StageConfiguration, string, RegExp]>([
    [
      'a new account’s ten concurrent executions',
      { lambda: { AccountLimit: { UnreservedConcurrentExecutions: 10 } } },
      {},
      'Concurrency of Lambda',
      /^missing: Lambda may run 10 functions at once, and this stage can need 100, .*request-service-quota-increase/,
    ],
    [
      'the same, for a stage that needs no more',
      { lambda: { AccountLimit: { UnreservedConcurrentExecutions: 10 } } },
      { throttle: { rate: 50, burst: 50 } },
      'Concurrency of Lambda',
      /^ok: /,
    ],
    [
      'a region that does not know the operation',
      { durable: { status: 404 } },
      {},
      'Durable functions',
      /^missing: Lambda has no durable functions in eu-west-1.*another region\.$/,
    ],
    [
      'a stage that was never deployed',
      { durable: { status: 404, errorType: 'ResourceNotFoundException', Message: 'Function not found' } },
      {},
      'Durable functions',
      /^ok: /,
    ],
    [
      'no bootstrap',
      { ssm: { status: 400, __type: 'com.amazonaws.ssm#ParameterNotFound' } },
      {},
      'CDK bootstrap',
      /^missing: CDK is not bootstrapped in eu-west-1\. Run npx cdk bootstrap\.$/,
    ],
    [
      'an old bootstrap',
      { ssm: { Parameter: { Value: '5' } } },
      {},
      'CDK bootstrap',
      /^missing: CDK is bootstrapped in eu-west-1 at version 5, and 6 is needed\./,
    ],
    ['no role yet', { apigateway: {} }, {}, 'Role for the logs of API Gateway', /^ok: .*This stage sets it\.$/],
    [
      'no role, which the stage leaves to others',
      { apigateway: {} },
      { setApiLogRole: false },
      'Role for the logs of API Gateway',
      /^missing: API Gateway has no role for its logs in eu-west-1\./,
    ],
    [
      'a role that the stage leaves to others',
      { apigateway: { cloudwatchRoleArn: 'arn:aws:iam::123456789012:role/logs' } },
      { setApiLogRole: false },
      'Role for the logs of API Gateway',
      /^ok: API Gateway writes its logs by the role arn:aws:iam::123456789012:role\/logs\.$/,
    ],
    [
      'the role of the stage itself, of whose long name CloudFormation takes a part',
      {
        apigateway: {
          cloudwatchRoleArn: 'arn:aws:iam::123456789012:role/warehouse-manager-session-SessionApiApiCloudWatchRo-1A2B',
        },
      },
      { app: 'warehouse-manager' },
      'Role for the logs of API Gateway',
      /^ok: .*the role that this stage has set\.$/,
    ],
    [
      'a role that the stage would replace',
      { apigateway: { cloudwatchRoleArn: 'arn:aws:iam::123456789012:role/logs' } },
      {},
      'Role for the logs of API Gateway',
      /^missing: .*role\/logs, and this stage would replace it.*Set setApiLogRole to false\.$/,
    ],
    [
      'no trail',
      { DescribeTrails: { trailList: [] } },
      {},
      'CloudTrail for the events of Cognito',
      /^missing: No trail/,
    ],
    ['a trail that is stopped', { GetTrailStatus: {} }, {}, 'CloudTrail for the events of Cognito', /^missing: /],
    [
      'a trail of reads',
      { GetEventSelectors: { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] } },
      {},
      'CloudTrail for the events of Cognito',
      /^missing: /,
    ],
    [
      'a trail of data events',
      {
        GetEventSelectors: {
          AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }],
        },
      },
      {},
      'CloudTrail for the events of Cognito',
      /^missing: /,
    ],
    [
      'a trail of writes, by advanced selectors',
      {
        GetEventSelectors: {
          AdvancedEventSelectors: [
            {
              FieldSelectors: [
                { Field: 'eventCategory', Equals: ['Management'] },
                { Field: 'readOnly', Equals: ['false'] },
              ],
            },
          ],
        },
      },
      {},
      'CloudTrail for the events of Cognito',
      /^ok: /,
    ],
    [
      'a user pool in another region',
      {},
      { userPool: { id: 'us-east-2_AbC', clientIds: ['a'] } },
      'CloudTrail for the events of Cognito',
      /^ok: The trail all records the management events of us-east-2\. .* forward .* event bus in eu-west-1\.$/,
    ],
    [
      'an answer of another shape',
      { lambda: {} },
      {},
      'Concurrency of Lambda',
      /^unknown: It could not be checked: AWS gave an answer of another shape\.$/,
    ],
  ])('of %s says what it means', async (_, changes, configuration, name, expected) => {
    expect((await findings(changes, configuration))[name]).toMatch(expected);
  });

  it('says of each check that is denied which permission it needs, and does the others', async () => {
    for (const [index, { name, needs }] of PREREQUISITES.entries()) {
      const asked = Object.keys(READY)[index] ?? '';
      const found = await findings({ [asked]: DENIED });
      expect(found[name]).toBe(
        `unknown: It could not be checked: AccessDeniedException: Not allowed. The check needs ${needs}.`,
      );
      expect(Object.values(found).filter((finding) => finding.startsWith('ok: '))).toHaveLength(
        PREREQUISITES.length - 1,
      );
    }
  });

  it('says why nothing could be checked when nothing answers', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    for (const finding of Object.values(await findings()))
      expect(finding).toMatch(/^unknown: It could not be checked: \w+: /);
  });

  const preflight = async (flags: string[], environment: Record<string, string | undefined> = {}) =>
    runProgram(process.execPath, [await program('cli/preflight.ts'), ...flags], environment);

  it('ends well if all is there, and badly if something is not', async () => {
    const ready = await preflight([]);
    expect(ready).toMatchObject({ code: 0, stderr: '' });
    expect(ready.stdout).toMatch(
      /^(ok {7}.+\n){5}note {5}Countries of addresses: .+\nThe account is ready for the stage dev in eu-west-1\.\n$/,
    );
    expect(ready.stdout).toMatch(/the data is of 2\d{3}-\d\d-\d\d, \d+ days old\. How to get newer data: /);
    script = { ...READY, DescribeTrails: { trailList: [] }, ssm: DENIED };
    const bad = await preflight(['--stage', 'prod']);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/^missing {2}CloudTrail/m);
    expect(bad.stdout).toMatch(/^unknown {2}CDK bootstrap/m);
    // The role is the one of the stage dev.
    expect(bad.stderr).toBe('Error: 3 of 5 prerequisites of the stage prod are missing or unknown.\n');
  });

  it.each<[string, string[], Record<string, string | undefined>, RegExp]>([
    ['no region', [], { AWS_REGION: undefined }, /^Error: The region to check is unknown\. Set AWS_REGION\.\n$/],
    ['no credentials', [], { AWS_ACCESS_KEY_ID: undefined }, /^Error: AWS credentials are needed: .+\n$/],
    [
      'no such stage',
      ['--stage', 'qa'],
      {},
      /^Error: There is no stage "qa" in cdk\.json; there are: dev, staging, prod\.\n$/,
    ],
  ])('says in a sentence that there is %s', async (_, flags, environment, said) => {
    // Nothing of the person who runs the tests.
    const nobody = { HOME: '/none', AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none' };
    const outcome = await preflight(flags, { ...nobody, AWS_EC2_METADATA_DISABLED: 'true', ...environment });
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toMatch(said);
  });

  it('wants the bootstrap that the stack wants', () => {
    const { artifacts } = JSON.parse(readFileSync(join(synthesizeStage({}), 'manifest.json'), 'utf8'));
    expect(artifacts.Stack.properties.requiresBootstrapStackVersion).toBe(BOOTSTRAP_VERSION);
  });

  it('checks what the README lists under Deploying, and nothing else', () => {
    const [, deploying = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n## Deploying\n');
    const rows = [...(deploying.split('\n## ')[0] ?? '').matchAll(/^\| (?!what)(.+?) \| .+ \|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(PREREQUISITES.map(({ name }) => name));
  });
});
