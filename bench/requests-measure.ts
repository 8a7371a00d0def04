import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { authorizerEvent, routeEvent } from './events';
import type { LocalRun } from './local-run';
import { USER_AGENT } from './local-run';
import { type Load, loadOf } from './requests-load';
import { incumbentAsks, ourAsks, SESSIONS_EACH } from './requests-people';
import {
  COMPARED,
  OPERATIONS,
  type OpenOrder,
  type Operation,
  type ServeOrder,
  type ServeReport,
} from './requests-process';
import { BETTER_AUTH, type Rivals } from './rivals';
import type { IncumbentSettings } from './serve-incumbent';
import type { OurSettings } from './serve-ours';

export const WHO = ['ours', 'better-auth on better-sqlite3', 'better-auth in memory', 'incumbent'] as const;
export type Who = (typeof WHO)[number];

export interface Sizes {
  readonly rounds: number;
  /** Requests of a kind that are measured in a round, and those before, which are not. */
  readonly count: number;
  readonly warm: number;
}

/** One kind of request of one server in one round. */
export interface Served {
  /** Of each request, milliseconds. */
  readonly took: readonly number[];
  /** For each request, milliseconds. */
  readonly cpuMs: number;
  /** The same of the process with the database; absent where the database is in the server's own. */
  readonly databaseCpuMs?: number;
}

export interface Requests {
  readonly sizes: Sizes;
  readonly rivals: Rivals;
  readonly bare: ReadonlyMap<Who, ReadonlyMap<Operation, Served[]>>;
  readonly throughRun: ReadonlyMap<Operation, Load[]>;
}

export interface Place {
  /** Where the bench's own processes are compiled to. */
  readonly folder: string;
  readonly run: LocalRun;
  readonly database: DynamoDBClient;
  readonly rivals: Rivals;
}

const FUNCTIONS: Readonly<Record<Operation, string>> = {
  list: 'listsessions',
  'end one': 'terminatesession',
  'log out': 'logout',
  register: 'createsession',
  'end others': 'terminatesessions',
};

/** All measurements, one server at a time, in turns. */
export async function measureRequests(place: Place, sizes: Sizes, say: (line: string) => void): Promise<Requests> {
  const { run, database, rivals } = place;
  const skipped = (who: Who) =>
    (who.startsWith('better-auth') && !rivals.betterAuth) || (who.includes('sqlite') && !rivals.sqlite);
  const bare = new Map<Who, Map<Operation, Served[]>>();
  for (const who of WHO) {
    const operations = who.startsWith('better-auth') ? COMPARED : OPERATIONS;
    if (!skipped(who)) bare.set(who, new Map(operations.map((operation) => [operation, []])));
  }
  const throughRun = new Map<Operation, Load[]>(OPERATIONS.map((operation) => [operation, []]));

  for (let round = 0; round < sizes.rounds; round++) {
    for (const [who, served] of bare) {
      say(`Round ${round + 1} of ${sizes.rounds}: ${who}`);
      const server = await open(place, who, round);
      for (const [operation, reports] of served) {
        await server.serve(operation, sizes.warm);
        reports.push(await server.serve(operation, sizes.count));
      }
      server.end();
    }
    say(`Round ${round + 1} of ${sizes.rounds}: through the local run`);
    for (const [operation, loads] of throughRun) {
      loads.push(await loadOf(run, await ourAsks(run, database, operation, sizes.count)));
    }
  }
  return { sizes, rivals, bare, throughRun };
}

async function open({ folder, run, database }: Place, who: Who, round: number) {
  const { environment } = run.functionOf('createsession');
  const child = fork(join(folder, 'requests-process.js'), {
    // Of all functions' variables; as nobody whose role the local run's database would look up first.
    env: { ...run.functionOf('authorizer').environment, ...environment, AWS_ACCESS_KEY_ID: 'bench' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const settings = (): OpenOrder => {
    if (who === 'ours') {
      const file = (name: string) => join(run.functionOf(name).folder, 'index.js');
      const handlers = Object.fromEntries(OPERATIONS.map((operation) => [operation, file(FUNCTIONS[operation])]));
      const our: OurSettings = { authorizer: file('authorizer'), handlers: handlers as OurSettings['handlers'] };
      return { module: join(folder, 'serve-ours.js'), settings: our };
    }
    if (who === 'incumbent') {
      const incumbent: IncumbentSettings = { endpoint: run.served.databaseEndpoint };
      return { module: join(folder, 'serve-incumbent.js'), settings: incumbent };
    }
    const file = who.includes('sqlite') ? join(folder, `better-auth-${round}.db`) : undefined;
    return { module: BETTER_AUTH, settings: { file, sessions: SESSIONS_EACH, userAgent: USER_AGENT } };
  };
  async function asksOf(operation: Operation, count: number): Promise<unknown[] | undefined> {
    if (who === 'incumbent') return incumbentAsks(run, database, operation, count);
    if (who !== 'ours') return undefined;
    const asks = await ourAsks(run, database, operation, count);
    return asks.map((asked) => ({ authorizerEvent: authorizerEvent(asked), routeEvent: routeEvent(asked) }));
  }
  const own = who === 'ours' || who === 'incumbent';

  await ask(child, settings());
  return {
    async serve(operation: Operation, count: number): Promise<Served> {
      await ask(child, { operation, count, asks: await asksOf(operation, count) });
      const before = own ? await run.cpuMs() : 0;
      const { took, cpuMs } = (await ask(child, 'go')) as ServeReport;
      const databaseCpuMs = own ? ((await run.cpuMs()) - before) / count : undefined;
      return { took, cpuMs: cpuMs / count, databaseCpuMs };
    },
    end: () => void child.kill(),
  };
}

/** @returns what the process says next */
async function ask(child: ChildProcess, order: OpenOrder | ServeOrder | 'go'): Promise<unknown> {
  child.send(order);
  const over = new AbortController();
  const [reply] = await Promise.race([
    once(child, 'message', over),
    once(child, 'exit', over).then(([code]) => {
      throw new Error(`The server ended with code ${code}.`);
    }),
  ]);
  // The one that has not happened is waited for no more.
  over.abort();
  return reply;
}
