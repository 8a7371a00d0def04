import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../lambda/runtime/environment';
import type { Announcements } from './announcements';
import type { SessionApi } from './api';
import type { Cleanup } from './cleanup';
import type { Shared } from './variables';

/** What the alarms and the dashboard look at. */
export interface Watched extends Pick<Shared, 'stage' | 'tables'> {
  readonly api: SessionApi;
  readonly cleanup: Cleanup;
  readonly announcements: Announcements;
}

export const inFiveMinutes = (statistic = 'Sum'): MetricOptions => ({ period: Duration.minutes(5), statistic });
export const inAnHour = (statistic = 'Sum'): MetricOptions => ({ period: Duration.hours(1), statistic });

/** A metric that the cleanup writes. */
export const cleanupMetric = ({ name }: Cleanup, metricName: string, statistic?: string): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: name },
    ...inAnHour(statistic),
  });
