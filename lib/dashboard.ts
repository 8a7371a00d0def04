import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import { cleanupMetric, inFiveMinutes, type Watched } from './metrics';
import { nameOf } from './names';
import { logOf } from './session-function';

const HALF = 12;

/** One page with what somebody who was woken looks at: alarms, people, requests, cleanups, and what costs money. */
export function sessionDashboard(
  scope: Construct,
  watched: Watched,
  {
    created,
    refused,
    alarms,
  }: { created: cloudwatch.IMetric; refused: cloudwatch.IMetric; alarms: cloudwatch.Alarm[] },
): cloudwatch.Dashboard {
  const { stage, tables, api } = watched;
  const { deploymentStage } = api.api;
  const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []): cloudwatch.IWidget =>
    new cloudwatch.GraphWidget({ title, left, right, width: HALF, region: Stack.of(scope).region });
  // A search, because a reason has no metric before it happens.
  const ended = new cloudwatch.MathExpression({
    expression: `SEARCH('{${METRICS_NAMESPACE},service,reason} MetricName="Ended" service="${watched.announcements.name}"', 'Sum', 300)`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(5),
  });
  const cleanup = (name: string, statistic?: string) => cleanupMetric(watched.cleanup, name, statistic);
  /** A number of the last run, also while the next one is hours away. */
  const atLast = (label: string, name: string, statistic?: string) =>
    new cloudwatch.MathExpression({
      expression: `FILL(${name.toLowerCase()}, REPEAT)`,
      usingMetrics: { [name.toLowerCase()]: cleanup(name, statistic) },
      label,
      period: Duration.hours(1),
    });
  // From the log, which costs something only when somebody looks: a metric for each country and device would cost more.
  const signIns = (title: string, field: string) =>
    new cloudwatch.LogQueryWidget({
      title,
      logGroupNames: [logOf(nameOf(stage, 'createsession'))],
      queryLines: [
        'filter event = "session_created"',
        `stats count(*) as signIns by ${field}`,
        'sort signIns desc',
        'limit 20',
      ],
      view: cloudwatch.LogQueryVisualizationType.BAR,
      width: HALF,
    });
  const units = (name: string) => tables.sessions.metric(name, inFiveMinutes());
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: nameOf(stage, 'sessions'),
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 24 })],
      [
        new cloudwatch.SingleValueWidget({
          title: 'At the last cleanup',
          metrics: [
            atLast('Live sessions', 'Live', 'Maximum'),
            atLast('Examined', 'Examined'),
            atLast('Deleted', 'Deleted'),
          ],
          sparkline: true,
          start: '-P7D',
          width: 24,
        }),
      ],
      [graph('Sessions created, requests refused', [created, refused]), graph('Sessions ended, by reason', [ended])],
      [
        ...(stage.location === 'off' ? [] : [signIns('Sign-ins by country', 'country')]),
        signIns('Sign-ins by device type', 'deviceType'),
      ],
      [
        graph(
          'Latency',
          ['p50', 'p99'].map((statistic) => deploymentStage.metricLatency(inFiveMinutes(statistic))),
        ),
        graph('Answers', [
          deploymentStage.metricCount(inFiveMinutes('SampleCount')),
          deploymentStage.metricClientError(inFiveMinutes()),
          deploymentStage.metricServerError(inFiveMinutes()),
        ]),
      ],
      [
        graph('Cleanup: runs and errors', [cleanup('Runs'), cleanup('Errors')], [cleanup('DurationMs', 'Maximum')]),
        graph(
          'Cleanup: lag of the oldest, throttles',
          [cleanup('OldestOverdueSeconds', 'Maximum')],
          [cleanup('Throttles')],
        ),
      ],
      [
        graph('Cost: units of the sessions table', [
          units('ConsumedReadCapacityUnits'),
          units('ConsumedWriteCapacityUnits'),
        ]),
        graph(
          'Cost: authorizer',
          [api.authorizer.metricInvocations(inFiveMinutes())],
          [api.authorizer.metricDuration(inFiveMinutes('Average'))],
        ),
      ],
    ],
  });
}
