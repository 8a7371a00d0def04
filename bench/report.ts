import { cpus, loadavg, totalmem } from 'node:os';
import { type Bar, barsOf, rateOf } from './bars';
import { chart } from './chart';
import type { Algorithm } from './client-process';
import { SERVICE_MS } from './dynamodb-model';
import { figure, type Measurements, type Run } from './measure';
import { DEFAULT_QUOTA, duration, OVER_SHARE, PRICE, paperTable } from './paper';
import { short, spread } from './statistics';

const ALGORITHMS: readonly Algorithm[] = ['sweep', 'incumbent', 'incumbent with pauses'];

const ROWS: readonly (readonly [string, (run: Run) => number | undefined])[] = [
  ['wall, s', (run) => run.wallMs / 1_000],
  ['client CPU, s', (run) => run.cpuMs / 1_000],
  ['client CPU with the process start, s', (run) => run.processCpuMs / 1_000],
  ['peak memory, MB', (run) => run.peakMb],
  ['requests', (run) => run.requests],
  ['read units', (run) => run.readUnits],
  ['write units', (run) => run.writeUnits],
];

/** The whole section for docs/performance.md. */
export function report(measured: Measurements, chartFile: string): string {
  const { sizes, model, dynalite, throttled } = measured;
  const late = figure([...model.values()].flat(), (run) => run.lateMs);
  const cpuRate = figure(measured.rate.deleting, rateOf);
  return [
    '## The cleanup',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run bench:cleanup\` on ${machine()}. Client and stage share this machine. Medians of ${sizes.rounds} rounds (the incumbent with pauses: every second round), least and most in parentheses; the algorithms take turns, each run in a fresh process. CPU is the client's alone, all its threads, from just before the cleanup begins (after its code is loaded).`,
    '',
    `![The sweep against the incumbent](${chartFile})`,
    '',
    '### What must show',
    '',
    ...barTable(barsOf(measured)),
    '',
    `Examined is read, filtered and judged, in a dry run of ${short(sizes.rate)} sessions; with the deletes of the tenth that is over, the whole run does ${short(cpuRate.median)} sessions a CPU-second.`,
    '',
    `### On the model of DynamoDB: ${short(sizes.main)} sessions, 30 % over`,
    '',
    `The model (\`bench/dynamodb-model.ts\`) answers over HTTP after ${SERVICE_MS.write} ms for a single write, ${SERVICE_MS.batch} ms for a batch, ${SERVICE_MS.scan} ms + ${SERVICE_MS.scanMegabyte} ms a megabyte for a scan; in these runs its answers were ${short(late.median)} ms later than that in the mean. It counts units by DynamoDB's documented rules, those of the index too.`,
    '',
    ...comparison(model),
    '',
    `### On dynalite: ${short(sizes.dynalite)} sessions, 30 % over`,
    '',
    'The embedded engine of the local run. It does not count an index, so no units are given.',
    '',
    ...comparison(dynalite),
    '',
    `### A table that throttles: ${short(sizes.writeUnitsPerSecond)} write units per second`,
    '',
    `${short(sizes.main)} sessions, 30 % over: ${spread(figure(throttled, (run) => run.wallMs / 1_000))} s, ${spread(figure(throttled, (run) => run.requests))} requests, of which ${spread(figure(throttled, (run) => run.throttles))} were throttled in whole or in part.`,
    '',
    '### On paper: time and price of a run',
    '',
    `${OVER_SHARE * 100} % over, 490 bytes a session, the model's service times, a table's default quota (${short(DEFAULT_QUOTA.readUnits)} read and ${short(DEFAULT_QUOTA.writeUnits)} write units per second), and one CPU of this machine at the measured ${short(cpuRate.median)} sessions a CPU-second; the slowest of them is the time. On-demand prices of us-east-1 since 2024-11-01: $${PRICE.perMillionReadUnits} a million read units, $${PRICE.perMillionWriteUnits} a million write units.`,
    '',
    ...table(
      ['sessions', 'time', 'bound by', 'price'],
      paperTable(cpuRate.median).map(({ sessions, seconds, bound, dollars }) => [
        sessions.toLocaleString('en'),
        duration(seconds),
        bound,
        `$${dollars.toFixed(2)}`,
      ]),
    ),
  ].join('\n');
}

/** The two figures that say most, as a picture. */
export function picture({ model, sizes }: Measurements): string {
  const group = (title: string, of: (run: Run) => number, unit: string) => ({
    title,
    bars: ALGORITHMS.map((algorithm) => {
      const { median } = figure(model.get(algorithm), of);
      return { label: algorithm, value: median, text: `${short(median)} ${unit}`, ours: algorithm === 'sweep' };
    }),
  });
  return chart([
    group(`Wall time, ${short(sizes.main)} sessions, 30 % over, model of DynamoDB`, (run) => run.wallMs / 1_000, 's'),
    group('CPU time of the client', (run) => run.cpuMs / 1_000, 's'),
    group('Requests', (run) => run.requests, ''),
  ]);
}

function comparison(runs: ReadonlyMap<Algorithm, readonly Run[]>): string[] {
  const counted = ROWS.filter(([, of]) => !Number.isNaN(figure(runs.get('sweep'), of).median));
  return table(
    ['', ...ALGORITHMS, 'ratio'],
    counted.map(([name, of]) => {
      const figures = ALGORITHMS.map((algorithm) => figure(runs.get(algorithm), of));
      const [sweep, incumbent] = figures;
      return [name, ...figures.map(spread), `${short((incumbent?.median ?? 0) / (sweep?.median ?? 0))}×`];
    }),
  );
}

export const barTable = (bars: readonly Bar[]): string[] =>
  table(
    ['measure', 'bar', 'measured', ''],
    bars.map(({ measure, bar, value, met }) => [measure, bar, value, met ? 'met' : '**missed**']),
  );

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

/** What it was measured on. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model.trim()}, ${memory} GB, load average ${short(loadavg()[2] ?? 0)} over the last 15 minutes`;
}
