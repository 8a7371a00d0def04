import type { Took } from './orders';
import { atMost, type Section, table } from './report';
import { FORMS, type Form, type Starts } from './start-measure';
import { figureOf, short, spread } from './statistics';

/** Compared with the same code unbundled. */
const MOST = { bundled: 0.45, 'with code cache': 0.3 } as const;
type Built = keyof typeof MOST;
const BUILT = Object.keys(MOST) as Built[];
const MOST_BYTES = 260_000;

type Of = (took: Took) => number;
const TIMES: readonly (readonly [string, Of])[] = [
  ['time', ({ wallMs }) => wallMs],
  ['CPU', ({ cpuMs }) => cpuMs],
];

const ratio = ({ runs }: Starts, form: Form, of: Of): number =>
  figureOf(runs.get(form), of).median / figureOf(runs.get('unbundled'), of).median;

export function startSection(all: readonly Starts[], rounds: number): Section {
  const most = (measure: string, threshold: number, of: (starts: Starts) => number, among = all) => {
    const [worst] = [...among].sort((a, b) => of(b) - of(a));
    return atMost(measure, threshold, worst ? of(worst) : Number.NaN, ` at most (${worst?.entry})`);
  };
  const times = TIMES.flatMap(([what, of]) =>
    BUILT.map((form) =>
      most(`${what} of load and first answer, ${form} / unbundled`, MOST[form], (starts) => ratio(starts, form, of)),
    ),
  );
  const answering = all.filter(({ answers }) => answers);
  const bytes = most('bytes of a bundle, without the cleanup', MOST_BYTES, (starts) => starts.bytes.bundled, answering);
  const timeTable = (of: Of) =>
    table(
      ['function', ...FORMS.map((form) => `${form}, ms`), ...BUILT.map((form) => `${form} / unbundled`)],
      all.map((starts) => [
        starts.entry,
        ...FORMS.map((form) => spread(starts.runs.get(form), of)),
        ...BUILT.map((form) => short(ratio(starts, form, of))),
      ]),
    );
  return {
    title: 'The start of a function',
    command: 'bench:start',
    decide:
      '**What you can decide from this:** whether bundling the functions is worth it, and whether to build with a V8 code cache (`CODE_CACHE_NODE`), which makes a bundle larger and its start shorter. The figures are measured on one machine with the local run, not in Lambda, where a cold start also includes fetching the code and starting Node.js. Compare the columns with each other.',
    thresholds: [...times, bytes],
    how: `Figures are medians of ${rounds} rounds, with the least and the most in parentheses. Functions and forms take turns, and each start has a new process. It is measured from before the function's file is loaded until its first answer: a real one, with a token of the local run's issuer and from its database, which are in another process. What Lambda's own runtime loads before a function is loaded already. The cleanup is only loaded, because its answer would be the durable execution engine's. *Unbundled* is the same TypeScript compiled file by file, with its packages in \`node_modules\`.`,
    details: [
      ...TIMES.flatMap(([what, of]) => [`### Load and first answer: ${what}`, timeTable(of)]),
      '### Bytes',
      table(
        ['function', ...BUILT],
        all.map(({ entry, bytes }) => [entry, ...BUILT.map((form) => short(bytes[form]))]),
      ),
    ],
  };
}
