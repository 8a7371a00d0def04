import { type ChartBar, chart } from './chart';
import { ALGORITHMS, type Measurements, type Run } from './cleanup-measure';
import type { Algorithm } from './cleanup-process';
import { cleanupThresholds, rateOf } from './cleanup-thresholds';
import { SERVICE_MS } from './dynamodb-model';
import { DEFAULT_QUOTA, duration, OVER_SHARE, PRICE, paperTable } from './paper';
import { type Section, table } from './report';
import { figureOf, short, spread } from './statistics';

const ROWS: readonly (readonly [string, (run: Run) => number | undefined])[] = [
  ['time, s', (run) => run.wallMs / 1_000],
  ['CPU of the client, s', (run) => run.cpuMs / 1_000],
  ['CPU with the start of the process, s', (run) => run.processCpuMs / 1_000],
  ['peak memory, MB', (run) => run.peakMb],
  ['requests', (run) => run.requests],
  ['read units', (run) => run.readUnits],
  ['write units', (run) => run.writeUnits],
];

export function cleanupSection(measured: Measurements, chartFile: string): Section {
  const { sizes, model, dynalite, throttled, rate } = measured;
  const late = figureOf([...model.values()].flat(), (run) => run.lateMs).median;
  const perCpuSecond = figureOf(rate.deleting, rateOf).median;
  return {
    title: 'The cleanup',
    command: 'bench:cleanup',
    decide:
      "**What you can decide from this:** what a run takes and costs at your table's size (the last table), and what it gains over a simple loop. The figures come from a model of DynamoDB, not from AWS: compare the columns, and expect other times in your account. A run does not read the table's size, so it does not matter whether DynamoDB knows it yet.",
    thresholds: cleanupThresholds(measured),
    how: `Client and database share the machine. Figures are medians of ${sizes.rounds} rounds (least–most). The algorithms take turns, each run in a new process; the baseline with pauses runs every second round. CPU is the client's, without loading its code. The baseline (\`bench/baseline-cleanup.ts\`) is what a team would write from the examples: pages of 100 items, then single deletes.`,
    details: [
      `![The sweep compared with the baseline](${chartFile})`,
      `Examined means read, filtered and evaluated, in a dry run of ${short(sizes.rate)} sessions. A run that also deletes the tenth that is over handles ${short(perCpuSecond)} sessions per second of CPU.`,
      `### On the model of DynamoDB: ${short(sizes.main)} sessions, 30 % over`,
      `The model (\`bench/dynamodb-model.ts\`) answers over HTTP after ${SERVICE_MS.write} ms for a write, ${SERVICE_MS.batch} ms for a batch, and ${SERVICE_MS.scan} ms + ${SERVICE_MS.scanMegabyte} ms per megabyte for a scan; here, ${short(late)} ms later on average. It counts units by DynamoDB's documented rules, including the index.`,
      comparison(model),
      `### On dynalite: ${short(sizes.dynalite)} sessions, 30 % over`,
      'The embedded database of the local run. It does not count the index, so there are no units.',
      comparison(dynalite),
      `### A table that throttles: ${short(sizes.writeUnitsPerSecond)} write units per second`,
      `The sweep of ${short(sizes.main)} sessions, 30 % over, took ${spread(throttled, (run) => run.wallMs / 1_000)} s and ${spread(throttled, (run) => run.requests)} requests, of which ${spread(throttled, (run) => run.throttles)} were throttled in whole or in part.`,
      '### Calculated: time and price of a run',
      `Assumed: ${OVER_SHARE * 100} % of the sessions are over, 490 bytes per session, the model's service times, a table's default quota (${short(DEFAULT_QUOTA.readUnits)} read and ${short(DEFAULT_QUOTA.writeUnits)} write units per second), and one CPU of this machine at ${short(perCpuSecond)} sessions per second. The slowest decides. Prices are on-demand in us-east-1 since 2024-11-01: $${PRICE.perMillionReadUnits} per million read units, $${PRICE.perMillionWriteUnits} per million write units.`,
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

function comparison(runs: ReadonlyMap<Algorithm, readonly Run[]>): string {
  const median = (algorithm: Algorithm, of: (run: Run) => number | undefined) =>
    figureOf(runs.get(algorithm), of).median;
  const rows = ROWS.filter(([, of]) => !Number.isNaN(median('sweep', of))).map(([name, of]) => [
    name,
    ...ALGORITHMS.map((algorithm) => spread(runs.get(algorithm), of)),
    `${short(median('baseline', of) / median('sweep', of))}×`,
  ]);
  return table(['', ...ALGORITHMS, 'baseline / sweep'], rows);
}
