import { Duration } from 'aws-cdk-lib';
import { type AlarmProps, ComparisonOperator, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import { cleanupMetric, inAnHour, inFiveMinutes, type Watched } from './metrics';
import { nameOf } from './names';
import { USER_INDEX } from './tables';

/** An alarm: its name is also the heading of its page in the runbook. It alarms from its threshold on. */
export interface AlarmRule extends Pick<AlarmProps, 'metric' | 'comparisonOperator'> {
  readonly name: string;
  readonly means: string;
  /** @default 1 */
  readonly threshold?: number;
  /** How many periods of the metric are looked at. @default 1 */
  readonly periods?: number;
  /** How many of them must be bad. @default - all */
  readonly bad?: number;
  /**
   * Alarms when the metric stops, instead of when it has a bad value: when it goes from having data to having none.
   * So it is silent before there was any, as after a first deployment. Treating missing data as breaching is not.
   */
  readonly alarmsOnSilence?: boolean;
}

/** Everything that somebody should be woken for. */
export function alarmsOf({ stage, tables, api, cleanup }: Watched): AlarmRule[] {
  const { deploymentStage } = api.api;
  // A run is due every so many hours; an hour more, and it is late.
  const lateAfter = stage.cleanupEveryHours + 1;
  // An index has its own throttles, which the table's do not contain.
  const throttles = (metricName: string, index?: string) =>
    tables.sessions.metric(metricName, {
      ...inFiveMinutes(),
      ...(index && { dimensionsMap: { TableName: tables.sessions.tableName, GlobalSecondaryIndexName: index } }),
    });
  // Nobody but the function knows: to a provider, a logout that failed is answered like one that is refused.
  const dimensionsMap = { service: nameOf(stage, 'receivers'), outcome: 'failed' };
  const logoutsFailed = {
    name: 'logouts-failed',
    means: 'An identity provider said that sessions end, and they could not be ended.',
    metric: new Metric({ namespace: METRICS_NAMESPACE, metricName: 'Received', dimensionsMap, ...inFiveMinutes() }),
  };
  return [
    {
      name: 'cleanup-failed',
      means: 'A cleanup failed or took too long, or could not delete ended sessions.',
      // To Lambda, the invocation of a durable execution that failed has succeeded: only these metrics count it.
      metric: new MathExpression({
        expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(left, 0)',
        usingMetrics: {
          failed: cleanup.handler.metric('DurableExecutionFailed', inAnHour()),
          timedOut: cleanup.handler.metric('DurableExecutionTimedOut', inAnHour()),
          left: cleanupMetric(cleanup, 'Errors'),
        },
        period: Duration.hours(1),
      }),
    },
    {
      name: 'cleanup-missing',
      means: `No cleanup has ended for ${lateAfter} hours.`,
      metric: cleanupMetric(cleanup, 'Runs'),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: lateAfter,
      alarmsOnSilence: true,
    },
    {
      name: 'cleanup-overdue',
      means: `A session has been over for more than ${lateAfter} hours and is still stored.`,
      metric: cleanupMetric(cleanup, 'OldestOverdueSeconds', 'Maximum'),
      threshold: lateAfter * 3_600,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    },
    {
      name: 'dead-letters',
      means: 'An event could not be handled, and waits in the dead-letter queue.',
      metric: cleanup.deadLetters.metricApproximateNumberOfMessagesVisible(inFiveMinutes('Maximum')),
    },
    {
      name: 'api-errors',
      means: 'More than one request in a hundred is answered with a 5xx.',
      // The average of this metric is the rate: it is 0 or 1 for each request.
      metric: deploymentStage.metricServerError(inFiveMinutes('Average')),
      threshold: 0.01,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      periods: 3,
      bad: 2,
    },
    {
      name: 'authorizer-errors',
      means: 'The authorizer cannot decide, so nobody is let in: its table or the issuer’s keys do not answer.',
      metric: api.authorizer.metricErrors(inFiveMinutes()),
      threshold: 5,
    },
    {
      name: 'table-throttles',
      means: 'DynamoDB throttles the sessions table or its index.',
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0) + FILL(indexReads, 0) + FILL(indexWrites, 0)',
        usingMetrics: {
          reads: throttles('ReadThrottleEvents'),
          writes: throttles('WriteThrottleEvents'),
          indexReads: throttles('ReadThrottleEvents', USER_INDEX),
          indexWrites: throttles('WriteThrottleEvents', USER_INDEX),
        },
        period: Duration.minutes(5),
      }),
      threshold: 10,
      periods: 3,
      bad: 2,
    },
    {
      name: 'slow-answers',
      means: 'One request in a hundred takes longer than a second.',
      metric: deploymentStage.metricLatency(inFiveMinutes('p99')),
      threshold: 1_000,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      periods: 3,
    },
    ...(stage.receivers.length > 0 ? [logoutsFailed] : []),
  ];
}
