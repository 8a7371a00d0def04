import type { Bar } from './bars';
import type { FirstReport } from './first-process';
import { barTable, machine, table } from './report';
import type { Starts } from './start';
import type { Variant } from './start-variants';
import { type Figure, figureOf, short, spread } from './statistics';

/** Against the same code unbundled. */
const MOST = { bundled: 0.45, 'with code cache': 0.3 } as const;
const MOST_BYTES = 260_000;

const figure = ({ runs }: Starts, variant: Variant, of: (run: FirstReport) => number): Figure =>
  figureOf((runs.get(variant) ?? []).map(of));
const wall = (run: FirstReport) => run.wallMs;
const cpu = (run: FirstReport) => run.cpuMs;
const ratio = (starts: Starts, variant: Variant, of: (run: FirstReport) => number): number =>
  figure(starts, variant, of).median / figure(starts, 'unbundled', of).median;

/** The section for docs/performance.md. */
export function startReport(all: readonly Starts[], rounds: number): string {
  const rows = (of: (run: FirstReport) => number) =>
    all.map((starts) => [
      starts.started.name,
      ...(['unbundled', 'bundled', 'with code cache'] as const).map((variant) => spread(figure(starts, variant, of))),
      short(ratio(starts, 'bundled', of)),
      short(ratio(starts, 'with code cache', of)),
    ]);
  const head = (unit: string) => [
    'function',
    `unbundled, ${unit}`,
    'bundled',
    'with code cache',
    'ratio',
    'ratio with cache',
  ];
  return [
    '## The start of a function',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run bench:start\` on ${machine()}. Medians of ${rounds} rounds, least and most in parentheses; functions and forms take turns, each start in a fresh process. Measured is from just before the function's file is loaded to after its first answer, a real one: with a token of the local run's issuer, from its database, both in another process. Node.js itself has started by then, and what Lambda’s own runtime loads before a function is loaded. The cleanup is only loaded, with the client of Lambda that it keeps its checkpoints by: its answer is the durable execution engine's. Unbundled is the same TypeScript compiled file by file, its packages in \`node_modules\`.`,
    '',
    ...barTable(startBars(all)),
    '',
    '### Load and first answer, wall time',
    '',
    ...table(head('ms'), rows(wall)),
    '',
    '### The same, CPU time of all threads',
    '',
    ...table(head('ms'), rows(cpu)),
    '',
    '### Bytes',
    '',
    ...table(
      ['function', 'bundle', 'with code cache'],
      all.map(({ started, bytes }) => [
        started.name,
        bytes.bundled.toLocaleString('en'),
        bytes.cached.toLocaleString('en'),
      ]),
    ),
  ].join('\n');
}

/** For each bar, the function that is the farthest from it. */
function startBars(all: readonly Starts[]): Bar[] {
  const worst = (of: (starts: Starts) => number, among = all) =>
    among.map((starts) => ({ name: starts.started.name, value: of(starts) })).sort((a, b) => b.value - a.value)[0];
  const times = (variant: keyof typeof MOST, of: (run: FirstReport) => number, what: string): Bar => {
    const found = worst((starts) => ratio(starts, variant, of));
    return {
      measure: `load and first answer, ${what}, ${variant} against unbundled, each function`,
      bar: `≤ ${MOST[variant]}`,
      value: `${short(found?.value ?? Number.NaN)} at most (${found?.name})`,
      met: found !== undefined && found.value <= MOST[variant],
    };
  };
  const largest = worst(
    ({ bytes }) => bytes.bundled,
    all.filter(({ started }) => started.event !== undefined),
  );
  return [
    times('bundled', wall, 'wall'),
    times('with code cache', wall, 'wall'),
    times('bundled', cpu, 'CPU'),
    times('with code cache', cpu, 'CPU'),
    {
      measure: 'bytes of a bundle, each function but the cleanup',
      bar: `≤ ${MOST_BYTES.toLocaleString('en')}`,
      value: `${largest?.value.toLocaleString('en')} at most (${largest?.name})`,
      met: largest !== undefined && largest.value <= MOST_BYTES,
    },
  ];
}
