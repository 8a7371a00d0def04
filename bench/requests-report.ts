import type { Bar } from './bars';
import { barTable, machine, table } from './report';
import { type Requests, type Served, WHO, type Who } from './requests-measure';
import { SESSIONS_EACH } from './requests-people';
import { COMPARED, OPERATIONS, type Operation } from './requests-process';
import { type Figure, figureOf, short, spread } from './statistics';

/** The CPU time of a request, against the rival's. */
const MOST = 1;
const RIVAL: Who = 'better-auth on better-sqlite3';

const figure = ({ bare }: Requests, who: Who, operation: Operation, of: (served: Served) => number): Figure =>
  figureOf((bare.get(who)?.get(operation) ?? []).map(of));
const cpu = (served: Served) => served.cpuMs;
const withDatabase = (served: Served) => served.cpuMs + (served.databaseCpuMs ?? 0);

/** The time within which such a share of the requests was answered, milliseconds. */
const within = (share: number, took: readonly number[]): number =>
  [...took].sort((a, b) => a - b)[Math.ceil(took.length * share) - 1] ?? Number.NaN;
const perSecond = (took: readonly number[]): number => took.length / (took.reduce((sum, one) => sum + one, 0) / 1_000);

/** The section for docs/performance.md. */
export function requestsReport(measured: Requests): string {
  const { sizes, rivals, bare, throughRun } = measured;
  const cell = (who: Who, operation: Operation, of: (served: Served) => number) =>
    bare.get(who)?.has(operation) ? spread(figure(measured, who, operation, of)) : '–';
  return [
    '## Requests',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run bench:requests\` on ${machine()}. Medians of ${sizes.rounds} rounds, least and most in parentheses; the servers take turns, each in a fresh process, ${sizes.count.toLocaleString('en')} requests of a kind one after another, after ${sizes.warm.toLocaleString('en')} that are not counted. Each person has ${SESSIONS_EACH} sessions. A list is asked for by the same person each time; each ending is by another person, whose token or cookie was never seen before.`,
    ...(rivals.missing ? ['', rivals.missing] : []),
    '',
    ...barTable(requestBars(measured)),
    '',
    '### CPU time of a request, authorizer and handler together',
    '',
    'CPU is that of the process that serves, all its threads. Ours is the bundles of the authorizer and of the route, called with the event that the gateway hands over; its database is a service elsewhere, on this machine the local run’s in another process, whose CPU time is added in a column of its own. better-auth is its HTTP handler, called with a `Request`; its database is part of its process. The incumbent is its requests to a table of its own in the same local database, and nothing else: no token is checked, no event read, no answer written.',
    '',
    ...table(
      [
        'ms',
        'ours',
        'with the database’s',
        RIVAL,
        'better-auth in memory',
        'incumbent',
        'with the database’s',
        'ours / better-sqlite3',
      ],
      OPERATIONS.map((operation) => [
        operation,
        cell('ours', operation, cpu),
        cell('ours', operation, withDatabase),
        cell(RIVAL, operation, cpu),
        cell('better-auth in memory', operation, cpu),
        cell('incumbent', operation, cpu),
        cell('incumbent', operation, withDatabase),
        bare.get(RIVAL)?.has(operation) ? short(ratio(measured, operation)) : '–',
      ]),
    ),
    '',
    '### One request after another: how many a second, and how long each takes',
    '',
    ...table(
      ['', '', 'requests a second', 'p50, ms', 'p99, ms'],
      OPERATIONS.flatMap((operation) =>
        WHO.filter((who) => bare.get(who)?.has(operation)).map((who) => [
          operation,
          who,
          ...[
            perSecond,
            (took: readonly number[]) => within(0.5, took),
            (took: readonly number[]) => within(0.99, took),
          ].map((of) => spread(figure(measured, who, operation, ({ took }) => of(took)))),
        ]),
      ),
    ),
    '',
    '### Through the local run, eight at once',
    '',
    'Over HTTP, with gateway, authorizer, function and database in one process: the CPU time is that of all of them.',
    '',
    ...table(
      ['', 'requests a second', 'p50, ms', 'p99, ms', 'CPU, ms'],
      [...throughRun].map(([operation, loads]) => [
        operation,
        spread(figureOf(loads.map(({ took, wallMs }) => took.length / (wallMs / 1_000)))),
        spread(figureOf(loads.map(({ took }) => within(0.5, took)))),
        spread(figureOf(loads.map(({ took }) => within(0.99, took)))),
        spread(figureOf(loads.map(({ cpuMs }) => cpuMs))),
      ]),
    ),
  ].join('\n');
}

const ratio = (measured: Requests, operation: Operation): number =>
  figure(measured, 'ours', operation, cpu).median / figure(measured, RIVAL, operation, cpu).median;

function requestBars(measured: Requests): Bar[] {
  return COMPARED.map((operation) => {
    const value = ratio(measured, operation);
    return {
      measure: `${operation}: CPU time, against ${RIVAL}`,
      bar: `≤ ${short(MOST)}`,
      value: Number.isNaN(value) ? 'not measured' : short(value),
      met: value <= MOST,
    };
  });
}
