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

/** The columns of the table of CPU times. */
const CPU_COLUMNS: readonly (readonly [title: string, who: Who, of: Of])[] = [
  ['ours', 'ours', cpu],
  ['ours, with the database', 'ours', withDatabase],
  [RIVAL, RIVAL, cpu],
  ['better-auth in memory', 'better-auth in memory', cpu],
  ['baseline, with the database', 'baseline', withDatabase],
];

export function requestsSection(measured: Requests, { rounds, count }: Sizes, { missing }: Rivals): Section {
  const runs = (who: Who, operation: Operation) => measured.get(who)?.get(operation);
  const cell = (who: Who, operation: Operation, of: Of) =>
    runs(who, operation) ? spread(runs(who, operation), of) : '–';
  const median = (who: Who, operation: Operation) => figureOf(runs(who, operation), cpu).median;
  const times = (who: Who, operation: Operation) =>
    runs(who, operation)
      ? [0.5, 0.99].map((share) => short(figureOf(runs(who, operation), within(share)).median)).join(' / ')
      : '–';
  const ratio = (operation: Operation) => median('ours', operation) / median(RIVAL, operation);
  return {
    title: 'Requests',
    command: 'bench:requests',
    decide:
      '**Decide from this** whether checking the session at every request costs too much CPU, compared with a session library (better-auth).',
    thresholds: COMPARED.map((operation) => atMost(`${operation}: CPU time / ${RIVAL}`, 1, ratio(operation))),
    how: `${rounds} rounds; ${short(count)} requests of a kind follow ${short(count)} that are not measured. Each person has ${SESSIONS_EACH} sessions. One person asks for all lists; every other request brings a new token or cookie.${missing ? ` ${missing}` : ''}`,
    details: [
      'CPU time of a request, authorizer and route together. Our database is another process; better-auth has its own inside. The baseline only calls its table.',
      table(
        ['ms', ...CPU_COLUMNS.map(([title]) => title)],
        ALL.map((operation) => [operation, ...CPU_COLUMNS.map(([, who, of]) => cell(who, operation, of))]),
      ),
      `Time of a request, one after another: p50 / p99. The last column is the local run over HTTP, ${AT_ONCE} requests at once.`,
      table(
        ['ms', ...WHO, 'local run, requests per second'],
        ALL.map((operation) => [
          operation,
          ...WHO.map((who) => times(who, operation)),
          cell(LOCAL_RUN, operation, perSecond),
        ]),
      ),
    ],
  };
}
