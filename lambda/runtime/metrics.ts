import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { FinishedRun } from './cleanup-run';
import { METRICS_NAMESPACE } from './environment';

const metrics = new Metrics({ namespace: METRICS_NAMESPACE });

/** Writes a cleanup's metrics, as one line of the log in CloudWatch's embedded format. */
export function measureCleanup({ result, durationMs, throttles, oldestLeft, now }: FinishedRun): void {
  metrics.addMetric('Runs', MetricUnit.Count, 1);
  metrics.addMetric('Examined', MetricUnit.Count, result.totalSessions);
  metrics.addMetric('Deleted', MetricUnit.Count, result.deletedSessions);
  metrics.addMetric('Expired', MetricUnit.Count, result.expiredSessions);
  metrics.addMetric('Inactive', MetricUnit.Count, result.inactiveSessions);
  metrics.addMetric('Orphaned', MetricUnit.Count, result.orphanedSessions);
  metrics.addMetric('Errors', MetricUnit.Count, result.errors);
  metrics.addMetric('Throttles', MetricUnit.Count, throttles);
  metrics.addMetric('DurationMs', MetricUnit.Milliseconds, durationMs);
  const overdue = oldestLeft === undefined ? 0 : Math.max(0, now - oldestLeft) / 1_000;
  metrics.addMetric('OldestOverdueSeconds', MetricUnit.Seconds, overdue);
  metrics.publishStoredMetrics();
}

/** Writes how many sessions ended, by reason. */
export function measureEndings(reasons: readonly string[]): void {
  for (const reason of new Set(reasons)) {
    const metric = metrics.singleMetric();
    metric.addDimension('reason', reason);
    metric.addMetric('Ended', MetricUnit.Count, reasons.filter((one) => one === reason).length);
  }
}
