import { equal } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { build } from 'esbuild';
import { localClient } from '../local/database';
import { say } from './command';
import { authorizerEvent, routeEvent } from './events';
import type { LocalRun } from './local-run';
import { ALL, assertAnswered, type Operation, ROUTES } from './operations';
import type { Took } from './orders';
import { type Person, personFor, SESSIONS_EACH } from './people';
import { startProcess } from './processes';
import type { StartOrder } from './start-process';

const ROOT = join(__dirname, '..');

/** It is searched where it lies: no start loads it. */
const TABLE = 'countries.bin';

/** The same code in three forms. */
export const FORMS = ['unbundled', 'bundled', 'with code cache'] as const;
export type Form = (typeof FORMS)[number];

/** A function, and its first event. */
interface Started {
  /** Its file in `lambda/`. */
  readonly entry: string;
  /** The middle part of its name. @default - as the file's */
  readonly name?: string;
  /** What the person in the event is about to do. @default 'list' */
  readonly operation?: Operation;
  /** Absent if the function is only loaded. */
  readonly event?: (person: Person) => unknown;
  /** @throws an error if that is not the answer to the event */
  readonly check?: (answer: any) => void;
}

const STARTED: readonly Started[] = [
  {
    entry: 'authorizer',
    event: (person) => authorizerEvent('list', person),
    check: ({ policyDocument }) => equal(policyDocument.Statement[0].Effect, 'Allow'),
  },
  ...ALL.map((operation) => ({
    entry: ROUTES[operation].entry,
    operation,
    event: (person: Person) => routeEvent(operation, person),
    check: (answer: any) => assertAnswered(operation, answer.statusCode, answer.body),
  })),
  {
    entry: 'revoke-sessions',
    event: ({ device: { userId } }) => {
      const time = new Date().toISOString();
      return { source: 'bench', 'detail-type': 'End Sessions', time, detail: { userId } };
    },
    check: ({ ended }) => equal(ended, SESSIONS_EACH),
  },
  {
    entry: 'announce-sessions',
    event: ({ own: { sessionId, userId } }) => {
      const OldImage = { sessionId: { S: sessionId }, userId: { S: userId } };
      const dynamodb = { ApproximateCreationDateTime: Date.now() / 1_000, OldImage };
      return { Records: [{ eventID: randomUUID(), eventName: 'REMOVE', dynamodb }] };
    },
    check: (answer) => equal(answer, undefined),
  },
  // Its first answer would be the durable execution engine's, which is not part of the bundle.
  { entry: 'cleanup', name: 'sessioncleanup' },
];

/** The starts of one function. */
export interface Starts {
  readonly entry: string;
  readonly answers: boolean;
  /** Of all that is loaded at a start. */
  readonly bytes: { readonly bundled: number; readonly 'with code cache': number };
  readonly runs: ReadonlyMap<Form, readonly Took[]>;
}

/**
 * Starts each function in each form, in turns, each time in a new process.
 * @param folder below the project's, so that unbundled code finds its packages
 */
export async function measureStarts(folder: string, run: LocalRun, rounds: number): Promise<Starts[]> {
  const { stack } = run;
  const database = DynamoDBDocument.from(localClient(stack.databaseEndpoint));
  const people = { stack, database, tableName: stack.sessionsTable };
  // File by file, as the TypeScript compiler writes it: imported packages stay in node_modules.
  const sources = [
    join(ROOT, 'lambda', '**', '*.ts'),
    join(__dirname, 'start-process.ts'),
    join(__dirname, 'orders.ts'),
  ];
  await build({
    entryPoints: sources,
    outdir: folder,
    outbase: ROOT,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
  });

  const all = await Promise.all(
    STARTED.map(async (started) => {
      const { folder: bundled, environment } = run.functionOf(started.name ?? started.entry);
      // The table of countries is beside the code that reads it.
      if (existsSync(join(bundled, TABLE)))
        copyFileSync(join(bundled, TABLE), join(folder, 'lambda', 'runtime', TABLE));
      const cached = await withCodeCache(bundled, join(folder, 'cached', started.entry));
      const files: Readonly<Record<Form, string>> = {
        unbundled: join(folder, 'lambda', `${started.entry}.js`),
        bundled: join(bundled, 'index.js'),
        'with code cache': join(cached, 'index.js'),
      };
      // Without heap sizes: on Node.js 20, a code cache that was made without them would not fit.
      const { NODE_OPTIONS: _, ...variables } = environment;
      const runs = new Map<Form, Took[]>(FORMS.map((form) => [form, []]));
      const bytes = { bundled: bytesIn(bundled), 'with code cache': bytesIn(cached) };
      return { ...started, answers: started.event !== undefined, files, variables, bytes, runs };
    }),
  );
  for (let round = 1; round <= rounds; round++) {
    say(`Round ${round} of ${rounds}`);
    for (const { operation = 'list', event, check, files, variables, runs } of all) {
      for (const [form, reports] of runs) {
        const order: StartOrder = { file: files[form], event: event?.(await personFor(people, operation)) };
        const started = startProcess(join(folder, 'bench', 'start-process.js'), variables);
        const { result, ...took } = await started.ask<Took & { result?: unknown }>(order);
        await started.end();
        check?.(result);
        reports.push(took);
      }
    }
  }
  return all;
}

/** @returns the copy of a function's folder that has a code cache */
async function withCodeCache(asset: string, copy: string): Promise<string> {
  cpSync(asset, copy, { recursive: true });
  const command = ['--hash-seed=1', join(ROOT, 'lib', 'code-cache.cjs'), copy, process.arch];
  await promisify(execFile)(process.execPath, command);
  return copy;
}

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, file) => sum + (file === TABLE ? 0 : statSync(join(folder, file)).size), 0);
