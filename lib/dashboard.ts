import { Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import { cleanupMetric, EVERY_FIVE_MINUTES } from './alarms';
import type { Watched } from './monitoring';

const HALF = 12;

/** One page with what somebody who was woken looks at: alarms, people, requests, cleanups, and what costs money. */
export function sessionDashboard(
  scope: Construct,
  watched: Watched,
  { created, refused, alarms }: { created: IMetric; refused: IMetric; alarms: Alarm[] },
): Dashboard {
  const { stage, tables, api } = watched;
  const { deploymentStage } = api.api;
  const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
    new GraphWidget({ title, left, right, width: HALF, region: Stack.of(scope).region });
  // A search, because a reason has no metric before it happens.
  const ended = new MathExpression({
    expression: `SEARCH('{${METRICS_NAMESPACE},service,reason} MetricName="Ended" service="${watched.endedEvents.name}"', 'Sum', 300)`,
    usingMetrics: {},
    label: '',
    ...EVERY_FIVE_MINUTES,
  });
  const cleanup = (name: string, statistic?: string) => cleanupMetric(watched.cleanup, name, statistic);
  const units = (name: string) => tables.sessions.metric(name, { ...EVERY_FIVE_MINUTES, statistic: 'Sum' });
  return new Dashboard(scope, 'Dashboard', {
    dashboardName: `${stage.app}-sessions-${stage.name}`,
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24 })],
      [graph('Sessions created, requests refused', [created, refused]), graph('Sessions ended, by reason', [ended])],
      [
        graph(
          'Latency',
          ['p50', 'p99'].map((statistic) => deploymentStage.metricLatency({ ...EVERY_FIVE_MINUTES, statistic })),
        ),
        graph('Answers', [
          deploymentStage.metricCount(EVERY_FIVE_MINUTES),
          deploymentStage.metricClientError({ ...EVERY_FIVE_MINUTES, statistic: 'Sum' }),
          deploymentStage.metricServerError({ ...EVERY_FIVE_MINUTES, statistic: 'Sum' }),
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
          [api.authorizer.metricInvocations(EVERY_FIVE_MINUTES)],
          [api.authorizer.metricDuration(EVERY_FIVE_MINUTES)],
        ),
      ],
      [new SingleValueWidget({ title: 'Last cleanup', metrics: [cleanup('Examined'), cleanup('Deleted')], width: 24 })],
    ],
  });
}
