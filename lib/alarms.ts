import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import type { Cleanup } from './cleanup';
import type { Stage } from './stage';

/** An alarm: its name is also the heading of its page in the runbook. */
export interface AlarmRule {
  readonly name: string;
  readonly means: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Whether it alarms from the threshold on, above it, or below. */
  readonly when: 'from' | 'above' | 'below';
  /** Periods of the metric that are looked at, and how many of them must be bad. */
  readonly periods?: number;
  readonly bad?: number;
  /**
   * Alarms when the metric stops, instead of when it has a bad value: when it goes from having data to having none.
   * So it is silent before there was any, as after a first deployment. Treating missing data as breaching is not.
   */
  readonly alarmsOnSilence?: boolean;
}

const COMPARISON = {
  from: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
};

export const EVERY_FIVE_MINUTES = { period: Duration.minutes(5) };

/** A metric that the cleanup writes. */
export const cleanupMetric = ({ name }: Cleanup, metricName: string, statistic = 'Sum'): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: name },
    statistic,
    period: Duration.hours(1),
  });

/** The topic that alarms are told to, with the stage's address as a subscriber. */
export function alarmTopic(scope: Construct, stage: Stage): Topic {
  const topic = new Topic(scope, 'Alarms', {
    topicName: `${stage.app}-sessions-alarms-${stage.name}`,
    enforceSSL: true,
  });
  // A topic with a policy of its own has lost the default one, which lets the account's alarms in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  if (stage.alarmEmail) topic.addSubscription(new EmailSubscription(stage.alarmEmail));
  return topic;
}

export function addAlarm(scope: Construct, stage: Stage, topic: Topic, rule: AlarmRule): Alarm {
  const { name, means, metric, threshold, when, periods = 1, bad = periods, alarmsOnSilence = false } = rule;
  const alarm = new Alarm(scope, name, {
    alarmName: `${stage.app}-sessions-${name}-${stage.name}`,
    alarmDescription: `${means} What to do: docs/runbook.md#${name}`,
    metric,
    threshold,
    comparisonOperator: COMPARISON[when],
    evaluationPeriods: periods,
    datapointsToAlarm: bad,
    treatMissingData: alarmsOnSilence ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  if (alarmsOnSilence) alarm.addInsufficientDataAction(action);
  return alarm;
}
