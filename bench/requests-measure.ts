import { join } from 'node:path';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { localClient } from '../local/database';
import { say } from './command';
import { authorizerEvent, httpRequest, routeEvent } from './events';
import type { LocalRun } from './local-run';
import { ALL, COMPARED, type Operation, ROUTES, USER_AGENT } from './operations';
import { cpuMs } from './orders';
import { type Person, peopleFor, SESSIONS_EACH } from './people';
import { startProcess } from './processes';
import type { OpenOrder, ServeOrder, ServeReport } from './requests-process';
import { BETTER_AUTH, type Rivals } from './rivals';
import type { BaselineAsk, BaselineSettings } from './serve-baseline';
import type { OurAsk, OurSettings } from './serve-ours';
import { createSessionsTable } from './sessions-table';

const BASELINE_TABLE = 'baseline-sessions';
export const AT_ONCE = 8;

export const LOCAL_RUN = 'through the local run';
export const RIVAL = 'better-auth on better-sqlite3';
/** Those that are called without HTTP. */
export const WHO = ['ours', RIVAL, 'better-auth in memory', 'baseline'] as const;
export type Who = (typeof WHO)[number] | typeof LOCAL_RUN;

export interface Sizes {
  readonly rounds: number;
  /** Requests of a kind that are measured in a round. As many come before them and are not measured. */
  readonly count: number;
}

/** One kind of request of one server in one round. */
export interface Served {
  /** Of each request, milliseconds. */
  readonly took: readonly number[];
  readonly wallMs: number;
  /** Of the serving process, for each request, milliseconds. */
  readonly cpuMs: number;
  /** The same of the local run's process, which has the database. */
  readonly localRunCpuMs: number;
}

export type Requests = ReadonlyMap<Who, ReadonlyMap<Operation, readonly Served[]>>;

/** A server that is measured. */
interface Contender extends OpenOrder {
  readonly operations: readonly Operation[];
  readonly atOnce?: number;
  /** The table of its sessions, and its request of a person. Absent if it prepares its requests itself. */
  readonly asks?: readonly [tableName: string, (operation: Operation, person: Person) => unknown];
}

/**
 * All measurements, one server at a time, in turns.
 * @param folder where the bench's processes are
 */
export async function measureRequests(
  folder: string,
  run: LocalRun,
  rivals: Rivals,
  { rounds, count }: Sizes,
): Promise<Requests> {
  const { stack } = run;
  const database = DynamoDBDocument.from(localClient(stack.databaseEndpoint));
  await database.send(createSessionsTable(BASELINE_TABLE, 'ALL'));
  const environment = {
    // Of all functions' variables; the local run's database looks up no role for this access key.
    ...run.functionOf('authorizer').environment,
    ...run.functionOf('createsession').environment,
    AWS_ACCESS_KEY_ID: 'bench',
  };
  const contenders = contendersOf(folder, run, rivals);
  const measured = new Map<Who, Map<Operation, Served[]>>(
    [...contenders].map(([who, { operations }]) => [who, new Map(operations.map((operation) => [operation, []]))]),
  );

  for (let round = 1; round <= rounds; round++) {
    for (const [who, { module, settings, asks, atOnce = 1 }] of contenders) {
      say(`Round ${round} of ${rounds}: ${who}`);
      const server = startProcess(join(folder, 'requests-process.js'), environment);
      await server.ask({ module, settings } satisfies OpenOrder);
      const serve = async (operation: Operation): Promise<Served> => {
        const people = asks && (await peopleFor({ stack, database, tableName: asks[0] }, operation, count));
        const order: ServeOrder = { operation, count, atOnce, asks: people?.map((one) => asks?.[1](operation, one)) };
        await server.ask(order);
        const before = cpuMs();
        const report = await server.ask<ServeReport>('go');
        return { ...report, cpuMs: report.cpuMs / count, localRunCpuMs: (cpuMs() - before) / count };
      };
      for (const [operation, served] of measured.get(who) ?? []) {
        await serve(operation);
        served.push(await serve(operation));
      }
      await server.end();
    }
  }
  return measured;
}

function contendersOf(folder: string, { stack, functionOf }: LocalRun, rivals: Rivals): Map<Who, Contender> {
  const file = (functionName: string) => join(functionOf(functionName).folder, 'index.js');
  const module = (name: string) => join(folder, `${name}.js`);
  const handlers = Object.fromEntries(ALL.map((operation) => [operation, file(ROUTES[operation].entry)]));
  const betterAuth = { sessions: SESSIONS_EACH, userAgent: USER_AGENT };
  const contenders = new Map<Who, Contender>();
  contenders.set('ours', {
    module: module('serve-ours'),
    settings: { authorizer: file('authorizer'), handlers } as OurSettings,
    operations: ALL,
    asks: [
      stack.sessionsTable,
      (operation, person): OurAsk => ({
        authorizerEvent: authorizerEvent(operation, person),
        routeEvent: routeEvent(operation, person),
      }),
    ],
  });
  if (rivals.sqlite)
    contenders.set(RIVAL, { module: BETTER_AUTH, settings: { ...betterAuth, folder }, operations: COMPARED });
  if (rivals.betterAuth)
    contenders.set('better-auth in memory', { module: BETTER_AUTH, settings: betterAuth, operations: COMPARED });
  contenders.set('baseline', {
    module: module('serve-baseline'),
    settings: { endpoint: stack.databaseEndpoint, tableName: BASELINE_TABLE } satisfies BaselineSettings,
    operations: ALL,
    asks: [
      BASELINE_TABLE,
      (_, { device: { userId }, own, other }): BaselineAsk => ({
        caller: { userId, userAgent: USER_AGENT, ipAddress: '127.0.0.1' },
        own,
        other,
      }),
    ],
  });
  contenders.set(LOCAL_RUN, {
    module: module('serve-http'),
    settings: { apiUrl: stack.apiUrl },
    operations: ALL,
    atOnce: AT_ONCE,
    asks: [stack.sessionsTable, httpRequest],
  });
  return contenders;
}
