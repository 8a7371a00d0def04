import { Stack } from 'aws-cdk-lib';
import { Alarm, type Dashboard, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import { type AlarmRule, alarmsOf } from './alarms';
import { sessionDashboard } from './dashboard';
import { inFiveMinutes, type Watched } from './metrics';
import { nameOf } from './names';
import type { Stage } from './options';
import { saveQueries } from './saved-queries';
import { SessionFunction } from './session-function';

/** What wakes somebody, and what they look at then. */
export class Monitoring extends Construct {
  /** The topic of all alarms. */
  readonly alarms: Topic;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { stage, api, cleanup } = watched;
    this.alarms = new Topic(this, 'Alarms', { topicName: nameOf(stage, 'sessions-alarms'), enforceSSL: true });
    // A topic with a policy of its own has lost the default one, which lets the account's alarms in.
    const { account } = Stack.of(this);
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    this.alarms.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }));
    if (stage.alarmEmail) this.alarms.addSubscription(new EmailSubscription(stage.alarmEmail));
    const alarms = alarmsOf(watched).map((rule) => this.addAlarm(stage, rule));
    // Counted from the access log: what the gateway refused never reaches a function, and a count there costs no request.
    const count = (metricName: string, pattern: string) =>
      new MetricFilter(this, metricName, {
        logGroup: api.accessLogs,
        metricNamespace: METRICS_NAMESPACE,
        metricName: `${metricName}-${stage.app}-${stage.name}`,
        metricValue: '1',
        filterPattern: FilterPattern.literal(pattern),
      }).metric(inFiveMinutes());
    const created = count('Created', '{ $.method = "POST" && $.route = "/users/{id}/sessions" && $.status = "201" }');
    const refused = count('Refused', '{ $.status = "401" || $.status = "403" || $.status = "409" }');
    const functions = scope.node.findAll().filter((one) => one instanceof SessionFunction);
    saveQueries(this, stage, {
      all: [api.accessLogs, ...functions.map(({ logGroup }) => logGroup)],
      cleanup: [cleanup.handler.logGroup],
    });
    this.dashboard = sessionDashboard(this, watched, { created, refused, alarms });
  }

  private addAlarm(stage: Stage, { name, means, periods = 1, bad, alarmsOnSilence, ...rule }: AlarmRule): Alarm {
    const alarm = new Alarm(this, name, {
      threshold: 1,
      ...rule,
      alarmName: nameOf(stage, `sessions-${name}`),
      alarmDescription: `${means} What to do: docs/runbook.md#${name}`,
      evaluationPeriods: periods,
      datapointsToAlarm: bad ?? periods,
      treatMissingData: alarmsOnSilence ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.alarms);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    if (alarmsOnSilence) alarm.addInsufficientDataAction(action);
    return alarm;
  }
}
