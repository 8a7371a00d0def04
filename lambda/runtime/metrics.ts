import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { RecordedRun } from '../cleanup/recorded-run';
import { METRICS_NAMESPACE } from './environment';

const metrics = new Metrics({ namespace: METRICS_NAMESPACE });

type EndedRun = Pick<RecordedRun, 'dryRun' | 'failure'> &
  Required<Pick<RecordedRun, 'startedAt' | 'finishedAt' | 'result' | 'throttles'>>;

/**
 * Writes a cleanup's metrics, as one line of the log in CloudWatch's embedded format. A dry run has none.
 * @param oldestLeft when the longest overdue session that could not be deleted ended, epoch milliseconds
 */
export function measureCleanup(
  { dryRun, startedAt, finishedAt, result, throttles, failure }: EndedRun,
  oldestLeft?: number,
): void {
  if (dryRun) return;
  metrics.addMetric('Runs', MetricUnit.Count, 1);
  metrics.addMetric('Examined', MetricUnit.Count, result.totalSessions);
  metrics.addMetric('Deleted', MetricUnit.Count, result.deletedSessions);
  // A run that failed has not examined or not deleted all, and would show a number that is wrong.
  if (failure === undefined) {
    metrics.addMetric('Live', MetricUnit.Count, result.totalSessions - result.deletedSessions);
  }
  metrics.addMetric('Errors', MetricUnit.Count, result.errors);
  metrics.addMetric('Throttles', MetricUnit.Count, throttles);
  metrics.addMetric('DurationMs', MetricUnit.Milliseconds, finishedAt - startedAt);
  const overdue = oldestLeft === undefined ? 0 : Math.max(0, finishedAt - oldestLeft) / 1_000;
  metrics.addMetric('OldestOverdueSeconds', MetricUnit.Seconds, overdue);
  metrics.publishStoredMetrics();
}

/** Writes how many sessions ended, by reason. */
export function measureEndings(reasons: readonly string[]): void {
  for (const reason of new Set(reasons)) {
    count('Ended', 'reason', reason, reasons.filter((one) => one === reason).length);
  }
}

/** Counts a message of an identity provider by its outcome. How many came to which route, the gateway counts. */
export const measureReceived = (outcome: 'accepted' | 'refused' | 'failed'): void =>
  count('Received', 'outcome', outcome, 1);

function count(name: string, dimension: string, of: string, value: number): void {
  const metric = metrics.singleMetric();
  metric.addDimension(dimension, of);
  metric.addMetric(name, MetricUnit.Count, value);
}
