import { ALL, COMPARED, type Operation } from './operations';
import { SESSIONS_EACH } from './people';
import { atMost, type Section, table } from './report';
import { AT_ONCE, LOCAL_RUN, type Requests, RIVAL, type Served, type Sizes, WHO, type Who } from './requests-measure';
import type { Rivals } from './rivals';
import { figureOf, short, spread } from './statistics';

type Of = (served: Served) => number;

const cpu: Of = ({ cpuMs }) => cpuMs;
const withDatabase: Of = ({ cpuMs, localRunCpuMs }) => cpuMs + localRunCpuMs;
const perSecond: Of = ({ took, wallMs }) => took.length / (wallMs / 1_000);
/** The time within which this share of the requests was answered, milliseconds. */
const within = (share: number): Of => {
  return ({ took }) => [...took].sort((a, b) => a - b)[Math.ceil(took.length * share) - 1] ?? Number.NaN;
};
const SPEED: readonly Of[] = [perSecond, within(0.5), within(0.99)];

/** The columns of the table of CPU times. */
const CPU_COLUMNS: readonly (readonly [title: string, who: Who, of: Of])[] = [
  ['ours', 'ours', cpu],
  ['ours, with the database', 'ours', withDatabase],
  [RIVAL, RIVAL, cpu],
  ['better-auth in memory', 'better-auth in memory', cpu],
  ['baseline', 'baseline', cpu],
  ['baseline, with the database', 'baseline', withDatabase],
];

export function requestsSection(measured: Requests, { rounds, count }: Sizes, { missing }: Rivals): Section {
  const runs = (who: Who, operation: Operation) => measured.get(who)?.get(operation);
  const cell = (who: Who, operation: Operation, of: Of) =>
    runs(who, operation) ? spread(runs(who, operation), of) : '–';
  const median = (who: Who, operation: Operation) => figureOf(runs(who, operation), cpu).median;
  const ratio = (operation: Operation) => median('ours', operation) / median(RIVAL, operation);
  return {
    title: 'Requests',
    command: 'bench:requests',
    decide:
      '**What you can decide from this:** whether checking the session at every request costs too much CPU, compared with a session library (better-auth) and with a baseline that only calls the database. All run on one machine, on embedded databases: compare the columns, and expect other milliseconds in AWS.',
    thresholds: COMPARED.map((operation) =>
      atMost(`${operation}: CPU time divided by that of ${RIVAL}`, 1, ratio(operation)),
    ),
    how: `Figures are medians of ${rounds} rounds (least–most). The servers take turns, each in a new process; ${short(count)} requests of a kind follow ${short(count)} that are not measured. Each person has ${SESSIONS_EACH} sessions. One person asks for all lists; every other request is by a person whose token or cookie is new to the server.${missing ? ` ${missing}` : ''}`,
    details: [
      '### CPU time of a request, authorizer and handler together',
      'CPU is that of the serving process. *Ours* is the bundles of the authorizer and the route, called with the gateway’s event; its database is the local run, another process, whose CPU has its own column. *better-auth* is its HTTP handler, with the database in its own process. The *baseline* only calls its table in the same local run: it verifies no token, reads no event and writes no answer.',
      table(
        ['ms', ...CPU_COLUMNS.map(([title]) => title), 'ours / better-sqlite3'],
        ALL.map((operation) => [
          operation,
          ...CPU_COLUMNS.map(([, who, of]) => cell(who, operation, of)),
          runs(RIVAL, operation) ? short(ratio(operation)) : '–',
        ]),
      ),
      '### One request after another',
      table(
        ['', '', 'requests per second', 'p50, ms', 'p99, ms'],
        ALL.flatMap((operation) =>
          WHO.filter((who) => runs(who, operation)).map((who) => [
            operation,
            who,
            ...SPEED.map((of) => cell(who, operation, of)),
          ]),
        ),
      ),
      `### Through the local run, ${AT_ONCE} requests at once`,
      'Over HTTP. Gateway, authorizer, functions and database share one process; CPU is that of all of them.',
      table(
        ['', 'requests per second', 'p50, ms', 'p99, ms', 'CPU, ms'],
        ALL.map((operation) => [
          operation,
          ...[...SPEED, ({ localRunCpuMs }: Served) => localRunCpuMs].map((of) => cell(LOCAL_RUN, operation, of)),
        ]),
      ),
    ],
  };
}
