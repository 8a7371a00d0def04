import type { Took } from './orders';
import { atMost, type Section, table } from './report';
import { FORMS, type Form, type Starts } from './start-measure';
import { figureOf, short } from './statistics';

const MOST_BYTES = 100_000;

type Of = (took: Took) => number;
const TIMES: Readonly<Record<string, Of>> = { time: ({ wallMs }) => wallMs, CPU: ({ cpuMs }) => cpuMs };

const range = (values: readonly number[]): string =>
  [...new Set([Math.min(...values), Math.max(...values)])].map(short).join('–');

const ratio = ({ runs }: Starts, after: Form, before: Form, of: Of): number =>
  figureOf(runs.get(after), of).median / figureOf(runs.get(before), of).median;

export function startSection(all: readonly Starts[], rounds: number): Section {
  const most = (measure: string, threshold: number, of: (starts: Starts) => number, among = all) => {
    const [worst] = [...among].sort((a, b) => of(b) - of(a));
    return atMost(measure, threshold, worst ? of(worst) : Number.NaN, ` at most (${worst?.entry})`);
  };
  // Each step of building must pay: a form starts faster than the one before it.
  const times = Object.entries(TIMES).flatMap(([what, of]) =>
    FORMS.slice(1).map((form, index) => {
      const before = FORMS[index] as Form;
      return most(`${what}, ${form} / ${before}`, 1, (starts) => ratio(starts, form, before, of));
    }),
  );
  const answering = all.filter(({ answers }) => answers);
  const loaded = all.filter(({ answers }) => !answers);
  const bytes = most('bytes of a bundle, without the cleanup', MOST_BYTES, (starts) => starts.bytes.bundled, answering);
  return {
    title: 'The start of a function',
    command: 'bench:start',
    decide:
      '**Decide from this** whether a V8 code cache (`CODE_CACHE_NODE`) is worth its bytes: compare its row with *bundled*, which is what you get without it. A cold start in Lambda takes longer: it also fetches the code and starts Node.js.',
    thresholds: [...times, bytes],
    how: `${rounds} rounds, from loading the function's file to its first answer; the cleanup is only loaded. The database is another process. *Unbundled* is compiled file by file, with packages in \`node_modules\`.`,
    details: [
      table(
        ['least–most of all functions', 'time, ms', 'CPU, ms', 'bytes', 'bytes of the cleanup'],
        FORMS.map((form) => [
          form,
          ...Object.values(TIMES).map((of) => range(all.map(({ runs }) => figureOf(runs.get(form), of).median))),
          ...(form === 'unbundled'
            ? ['', '']
            : [answering, loaded].map((some) => range(some.map(({ bytes }) => bytes[form])))),
        ]),
      ),
    ],
  };
}
