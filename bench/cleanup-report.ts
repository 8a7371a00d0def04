import { type ChartBar, chart } from './chart';
import { ALGORITHMS, type Measurements, type Run } from './cleanup-measure';
import type { Algorithm } from './cleanup-process';
import { cleanupThresholds, rateOf } from './cleanup-thresholds';
import { SERVICE_MS } from './dynamodb-model';
import { DEFAULT_QUOTA, duration, OVER_SHARE, PRICE, paperTable } from './paper';
import { type Section, table } from './report';
import { figureOf, short, spread } from './statistics';

export function cleanupSection(measured: Measurements, chartFile: string): Section {
  const { sizes, model, dynalite, rate } = measured;
  const late = figureOf([...model.values()].flat(), (run) => run.lateMs).median;
  const peakOf = (algorithm: Algorithm) => spread(model.get(algorithm), (run) => run.peakMb);
  const perCpuSecond = figureOf(rate.deleting, rateOf).median;
  return {
    title: 'The cleanup',
    command: 'bench:cleanup',
    decide:
      "**Decide from this** what a run takes and costs at your table's size (last table), and what it gains over a simple loop.",
    thresholds: cleanupThresholds(measured),
    how: `${sizes.rounds} rounds; client and database share the machine. CPU is the client's, without loading its code. The baseline (\`bench/baseline-cleanup.ts\`) is what a team would write from the examples: pages of 100 items, then single deletes.`,
    details: [
      `![The sweep compared with the baseline](${chartFile})`,
      `The first five measures are of ${short(sizes.main)} sessions, 30 % of them over, on a model of DynamoDB (\`bench/dynamodb-model.ts\`). It answers a write after ${SERVICE_MS.write} ms, a batch after ${SERVICE_MS.batch} ms, and a scan after ${SERVICE_MS.scan} ms + ${SERVICE_MS.scanMegabyte} ms per megabyte; here, ${short(late)} ms later on average. The sweep's peak memory is ${peakOf('sweep')} MB there, the baseline's ${peakOf('baseline')} MB. With pauses of 100 ms between batches, the baseline takes ${spread(model.get('baseline with pauses'), (run) => run.wallMs / 1_000)} s.`,
      `On dynalite, the local run's database, with ${short(sizes.dynalite)} sessions, the sweep takes ${gain(dynalite, (run) => run.wallMs)} less time, ${gain(dynalite, (run) => run.cpuMs)} less CPU and ${gain(dynalite, (run) => run.requests)} fewer requests.`,
      '### Calculated: time and price of a run',
      `Assumed: ${OVER_SHARE * 100} % of the sessions are over, 490 bytes per session, the model's service times, a table's default quota (${short(DEFAULT_QUOTA.readUnits)} read and ${short(DEFAULT_QUOTA.writeUnits)} write units per second), and one CPU of this machine, measured at ${short(perCpuSecond)} sessions per second. The slowest decides. Prices: us-east-1, on demand, since 2024-11-01 ($${PRICE.perMillionReadUnits} per million read units, $${PRICE.perMillionWriteUnits} per million write units).`,
      table(
        ['sessions', 'time', 'limited by', 'price'],
        paperTable(perCpuSecond).map(({ sessions, seconds, bound, dollars }) => [
          short(sessions),
          duration(seconds),
          bound,
          `$${dollars.toFixed(2)}`,
        ]),
      ),
    ],
  };
}

/** The three most telling figures, as a picture. */
export function picture({ model, sizes }: Measurements): string {
  const bars = (of: (run: Run) => number, unit: string) =>
    ALGORITHMS.map((algorithm): ChartBar => {
      const value = figureOf(model.get(algorithm), of).median;
      return { label: algorithm, value, text: `${short(value)} ${unit}`, ours: algorithm === 'sweep' };
    });
  return chart({
    [`Time, ${short(sizes.main)} sessions, 30 % over, model of DynamoDB`]: bars((run) => run.wallMs / 1_000, 's'),
    'CPU time of the client': bars((run) => run.cpuMs / 1_000, 's'),
    Requests: bars((run) => run.requests, ''),
  });
}

/** Such as "32.1×": the baseline without pauses, divided by the sweep. */
const gain = (runs: ReadonlyMap<Algorithm, readonly Run[]>, of: (run: Run) => number): string =>
  `${short(figureOf(runs.get('baseline'), of).median / figureOf(runs.get('sweep'), of).median)}×`;
