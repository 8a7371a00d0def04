import { type Checks, ownStage, waitFor } from '../target';

export const ALARMS: Checks = {
  async 'alarms.told'(target) {
    const { aws, app, stage } = ownStage(target);
    const call = (operation: string, input: object) => aws.call('cloudwatch', operation, input);
    const Dimensions = [{ Name: 'service', Value: `${app}-sessioncleanup-${stage}` }];
    // Of this namespace only: nobody can write the metrics of AWS, which the other alarms watch.
    const MetricData = [{ MetricName: 'Errors', Dimensions, Value: 1, Unit: 'Count' }];
    const AlarmName = `${app}-sessions-cleanup-failed-${stage}`;
    // Before this, the alarm has told its topic that all is well.
    const asked = { AlarmName, HistoryItemType: 'Action', StartDate: new Date().toISOString() };
    await call('PutMetricData', { Namespace: 'SessionBackend', MetricData });
    target.say(`Waiting for the alarm ${AlarmName}`);
    const { seen, seconds } = await waitFor(target, 'The action of the alarm', async () => {
      const { AlarmHistoryItems } = await call('DescribeAlarmHistory', asked);
      return AlarmHistoryItems[0]?.HistorySummary as string | undefined;
    });
    if (!seen.startsWith('Successfully executed')) throw new Error(`The action failed: ${seen}`);
    return `The topic was told ${seconds} seconds after the metric was set.`;
  },
};
