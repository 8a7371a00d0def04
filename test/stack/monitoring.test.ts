import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import { CLEANUP_METRICS } from '../../tools/cost-model';
import { synthesized, synthesizeStage } from '../support/stack';

const of = (resources: ReturnType<typeof synthesized>['resources'], type: string) =>
  Object.values(resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
const { resources } = synthesized();
const alarms = of(resources, 'AWS::CloudWatch::Alarm');

describe('the alarms', () => {
  it('are about what somebody should be woken for', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(
      [
        'api-errors',
        'authorizer-errors',
        'cleanup-failed',
        'cleanup-missing',
        'cleanup-overdue',
        'dead-letters',
        'slow-answers',
        'table-throttles',
      ].map((name) => `aerotage-sessions-${name}-dev`),
    );
  });

  it('each tell the topic, and lead to their page of the runbook', () => {
    const runbook = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
    for (const { AlarmActions, AlarmDescription } of alarms) {
      expect(resources[AlarmActions[0].Ref]?.Type).toBe('AWS::SNS::Topic');
      const page = /docs\/runbook\.md#([\w-]+)$/.exec(AlarmDescription)?.[1];
      expect(runbook).toContain(`\n## ${page}\n`);
    }
  });

  it('tell of a cleanup that is an hour late when its metric stops, and not before it ever began', () => {
    const missing = alarms.find(({ AlarmName }) => AlarmName.includes('cleanup-missing'));
    expect(missing).toMatchObject({
      Period: 3_600,
      EvaluationPeriods: 7,
      // The state of a new alarm, too; only a change to it acts.
      TreatMissingData: 'missing',
      InsufficientDataActions: missing?.AlarmActions,
      Dimensions: [{ Name: 'service', Value: 'aerotage-sessioncleanup-dev' }],
    });
    for (const { AlarmName, TreatMissingData } of alarms) {
      if (AlarmName !== missing?.AlarmName) expect([AlarmName, TreatMissingData]).toEqual([AlarmName, 'notBreaching']);
    }
    const service = of(resources, 'AWS::Lambda::Function').find(({ Description }) => /over/.test(Description));
    expect(service?.Environment.Variables.POWERTOOLS_SERVICE_NAME).toBe('aerotage-sessioncleanup-dev');
  });

  it.each<[string, string[][]]>([
    ['cleanup-failed', [['DurableExecutionFailed'], ['DurableExecutionTimedOut'], ['Errors']]],
    [
      'table-throttles',
      [
        ['ReadThrottleEvents'],
        ['WriteThrottleEvents'],
        ['ReadThrottleEvents', 'UserIndex'],
        ['WriteThrottleEvents', 'UserIndex'],
      ],
    ],
  ])('%s adds up the metrics that count it', (name, metrics) => {
    const alarm = alarms.find(({ AlarmName }) => AlarmName.includes(name));
    const [sum, ...parts] = alarm?.Metrics ?? [];
    const named = parts.map(({ MetricStat: { Metric } }: any) => [
      Metric.MetricName,
      ...Metric.Dimensions.filter(({ Name }: any) => Name === 'GlobalSecondaryIndexName').map(
        ({ Value }: any) => Value,
      ),
    ]);
    expect(named.sort()).toEqual([...metrics].sort());
    for (const { Id } of parts) expect(sum.Expression).toContain(`FILL(${Id}, 0)`);
  });

  it('go to the stage’s address, if there is one', () => {
    expect(of(resources, 'AWS::SNS::Subscription')).toEqual([]);
    const told = readAssembly(synthesizeStage({ alarmEmail: 'on-call@example.com' })).resources;
    expect(of(told, 'AWS::SNS::Subscription')).toMatchObject([{ Protocol: 'email', Endpoint: 'on-call@example.com' }]);
  });

  it('may be published to a topic that takes no plain-text connection', () => {
    const [policy] = of(resources, 'AWS::SNS::TopicPolicy');
    const statements = policy?.PolicyDocument.Statement;
    expect(statements).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      ]),
    );
  });
});

it('the counts of the access log name fields that the access log has', () => {
  const [stage] = of(resources, 'AWS::ApiGateway::Stage');
  const fields = Object.keys(JSON.parse(stage?.AccessLogSetting.Format));
  const filters = of(resources, 'AWS::Logs::MetricFilter');
  expect(filters).toHaveLength(2);
  for (const { FilterPattern } of filters) {
    const named = [...FilterPattern.matchAll(/\$\.(\w+)/g)].map(([, field]) => field);
    expect(named.length).toBeGreaterThan(0);
    for (const field of named) expect(fields).toContain(field);
  }
});

it('a cleanup’s metrics are a line of the log that CloudWatch reads', () => {
  process.env.POWERTOOLS_DEV = 'true';
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  process.env.POWERTOOLS_SERVICE_NAME = 'the-cleanup';
  const said = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  // Loaded here: the library looks at its environment once.
  const { measureCleanup } = require('../../lambda/runtime/metrics');
  const result = {
    totalSessions: 9,
    expiredSessions: 2,
    inactiveSessions: 1,
    orphanedSessions: 1,
    deletedSessions: 3,
    errors: 1,
  };
  const run = { dryRun: false, startedAt: 68_500, finishedAt: 70_000, result, throttles: 4 };
  measureCleanup({ ...run, failure: 'No.' }, 10_000);
  measureCleanup(run);
  measureCleanup({ ...run, dryRun: true });
  const complete = JSON.parse(said.mock.calls[1]?.[0]);
  const count = said.mock.calls.length;
  const line = JSON.parse(said.mock.calls[0]?.[0]);
  said.mockRestore();
  expect(line).toMatchObject({
    service: 'the-cleanup',
    Runs: 1,
    Examined: 9,
    Deleted: 3,
    Errors: 1,
    Throttles: 4,
    DurationMs: 1_500,
    OldestOverdueSeconds: 60,
  });
  expect(line._aws.CloudWatchMetrics[0]).toMatchObject({ Namespace: 'SessionBackend', Dimensions: [['service']] });
  // Examined and not deleted: only a run that did all of it knows how many live.
  expect([line.Live, complete.Live]).toEqual([undefined, 6]);
  // A dry run deletes nothing, so what it examined is not what lives.
  expect(count).toBe(2);
  expect(complete._aws.CloudWatchMetrics[0].Metrics).toHaveLength(CLEANUP_METRICS);
});

describe('the saved queries', () => {
  const queries = of(resources, 'AWS::Logs::QueryDefinition');
  const ROOM = join(__dirname, '..', '..', 'lambda');

  it('ask for security events and lines that there are', () => {
    const sources = ['http/audit.ts', 'revoke-sessions.ts', 'runtime/receivers.ts'].map((file) =>
      readFileSync(join(ROOM, file), 'utf8'),
    );
    const asked = queries.flatMap(({ QueryString }) =>
      [...QueryString.matchAll(/ in \[(.*?)\]/g)].flatMap(([, list]) => list.split(', ').map(JSON.parse)),
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((word) => !sources.some((source) => source.includes(`'${word}'`)))).toEqual([]);
  });

  it('go to the access log and to all functions’ logs, and to the cleanup’s alone about the cleanup', () => {
    const logs = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Logs::LogGroup');
    const mine = logs.map(([id]) => id).filter((id) => !/Console/.test(id));
    for (const { Name, LogGroupNames } of queries) {
      const groups = LogGroupNames.map(({ Ref }: { Ref: string }) => Ref).sort();
      if (!Name.includes('cleanup')) expect(groups).toEqual([...mine].sort());
      else expect(groups).toEqual([expect.stringMatching(/sessioncleanupLogs/)]);
    }
  });
});

it('the dashboard shows each metric that a cleanup writes, and writes none that nobody looks at', () => {
  const [dashboard] = of(resources, 'AWS::CloudWatch::Dashboard');
  const shown = JSON.stringify(dashboard);
  const names = ['Runs', 'Examined', 'Deleted', 'Live', 'Errors', 'Throttles', 'DurationMs', 'OldestOverdueSeconds'];
  expect(names).toHaveLength(CLEANUP_METRICS);
  expect(names.filter((name) => !shown.includes(`\\"${name}\\"`))).toEqual([]);
});

it('the dashboard shows countries only if the stage knows places', () => {
  const shown = (some: ReturnType<typeof synthesized>['resources']) =>
    JSON.stringify(of(some, 'AWS::CloudWatch::Dashboard')).includes('Sign-ins by country');
  const nowhere = readAssembly(synthesizeStage({ location: 'off' })).resources;
  expect([shown(resources), shown(nowhere)]).toEqual([true, false]);
});
