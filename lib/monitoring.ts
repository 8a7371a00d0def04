import { Duration } from 'aws-cdk-lib';
import { type Alarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import { type AlarmRule, addAlarm, alarmTopic, cleanupMetric, EVERY_FIVE_MINUTES } from './alarms';
import type { SessionApi } from './api';
import type { Cleanup } from './cleanup';
import { sessionDashboard } from './dashboard';
import type { EndedEvents } from './ended-events';
import type { Stage } from './stage';
import { type SessionTables, USER_INDEX } from './tables';

export interface Watched {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly api: SessionApi;
  readonly cleanup: Cleanup;
  readonly endedEvents: EndedEvents;
}

/** What wakes somebody, and what they look at then. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { stage, api } = watched;
    const topic = alarmTopic(this, stage);
    const alarms: Alarm[] = [...cleanupAlarms(watched), ...requestAlarms(watched)].map((rule) =>
      addAlarm(this, stage, topic, rule),
    );
    // Counted from the access log: what the gateway refused never reaches a function, and a count there costs no request.
    const count = (metricName: string, pattern: string) =>
      new MetricFilter(this, metricName, {
        logGroup: api.accessLogs,
        metricNamespace: METRICS_NAMESPACE,
        metricName: `${metricName}-${stage.app}-${stage.name}`,
        metricValue: '1',
        filterPattern: FilterPattern.literal(pattern),
      }).metric({ ...EVERY_FIVE_MINUTES, statistic: 'Sum' });
    const created = count('Created', '{ $.method = "POST" && $.route = "/users/{id}/sessions" && $.status = "201" }');
    const refused = count('Refused', '{ $.status = "401" || $.status = "403" || $.status = "409" }');
    sessionDashboard(this, watched, { created, refused, alarms });
  }
}

const HOURLY_SUM = { period: Duration.hours(1), statistic: 'Sum' };

function cleanupAlarms({ stage, cleanup }: Watched): AlarmRule[] {
  // A run is due every so many hours; an hour more, and it is late.
  const lateAfter = stage.cleanupEveryHours + 1;
  return [
    {
      name: 'cleanup-failed',
      means: 'A cleanup failed or took too long, or could not delete ended sessions.',
      // To Lambda, the invocation of a durable execution that failed has succeeded: only these metrics count it.
      metric: new MathExpression({
        expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(left, 0)',
        usingMetrics: {
          failed: cleanup.handler.metric('DurableExecutionFailed', HOURLY_SUM),
          timedOut: cleanup.handler.metric('DurableExecutionTimedOut', HOURLY_SUM),
          left: cleanupMetric(cleanup, 'Errors'),
        },
        period: Duration.hours(1),
      }),
      threshold: 1,
      when: 'from',
    },
    {
      name: 'cleanup-missing',
      means: `No cleanup has ended for ${lateAfter} hours.`,
      metric: cleanupMetric(cleanup, 'Runs'),
      threshold: 1,
      when: 'below',
      periods: lateAfter,
      alarmsOnSilence: true,
    },
    {
      name: 'cleanup-overdue',
      means: `A session has been over for more than ${lateAfter} hours and is still stored.`,
      metric: cleanupMetric(cleanup, 'OldestOverdueSeconds', 'Maximum'),
      threshold: lateAfter * 3_600,
      when: 'above',
    },
    {
      name: 'dead-letters',
      means: 'An event could not be handled, and waits in the dead-letter queue.',
      metric: cleanup.deadLetters.metricApproximateNumberOfMessagesVisible({
        ...EVERY_FIVE_MINUTES,
        statistic: 'Maximum',
      }),
      threshold: 1,
      when: 'from',
    },
  ];
}

function requestAlarms({ tables, api }: Watched): AlarmRule[] {
  const { deploymentStage } = api.api;
  // An index has its own throttles, which the table's do not contain.
  const throttles = (metricName: string, GlobalSecondaryIndexName?: string) =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: {
        TableName: tables.sessions.tableName,
        ...(GlobalSecondaryIndexName && { GlobalSecondaryIndexName }),
      },
      ...EVERY_FIVE_MINUTES,
      statistic: 'Sum',
    });
  return [
    {
      name: 'api-errors',
      means: 'More than one request in a hundred is answered with a 5xx.',
      // The average of this metric is the rate: it is 0 or 1 for each request.
      metric: deploymentStage.metricServerError({ ...EVERY_FIVE_MINUTES, statistic: 'Average' }),
      threshold: 0.01,
      when: 'above',
      periods: 3,
      bad: 2,
    },
    {
      name: 'authorizer-errors',
      means: 'The authorizer cannot decide, so nobody is let in: its table or the issuer’s keys do not answer.',
      metric: api.authorizer.metricErrors({ ...EVERY_FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 5,
      when: 'from',
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
        ...EVERY_FIVE_MINUTES,
      }),
      threshold: 10,
      when: 'from',
      periods: 3,
      bad: 2,
    },
    {
      name: 'slow-answers',
      means: 'One request in a hundred takes longer than a second.',
      metric: deploymentStage.metricLatency({ ...EVERY_FIVE_MINUTES, statistic: 'p99' }),
      threshold: 1_000,
      when: 'above',
      periods: 3,
    },
  ];
}
