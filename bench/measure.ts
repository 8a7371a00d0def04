import type { Algorithm, RunReport } from './client-process';
import { TABLE_NAME } from './dynamodb-model';
import type { DataSet } from './model/sessions';
import type { Processes, RunningStage, StageName } from './processes';
import { type Figure, figureOf } from './statistics';

const SEED = 20_261_123;
const AS_OF = Date.parse('2026-11-23T12:00:00Z');
/** A paused run takes over a minute: it has its turn in every second round only. */
const PAUSED_EVERY = 2;

/** One run: what the client took, and what the stage counted. */
export interface Run extends RunReport {
  readonly requests: number;
  /** Absent on a stage that does not count units by the rules. */
  readonly readUnits?: number;
  readonly writeUnits?: number;
  readonly scannedBytes?: number;
  readonly throttles?: number;
  /** How much longer than the model's service times its answers took in the mean, milliseconds. */
  readonly lateMs?: number;
}

export interface Sizes {
  /** Sessions in the main comparison on the model. */
  readonly main: number;
  readonly dynalite: number;
  /** Table sizes for the peak of memory, smallest first. */
  readonly memory: readonly number[];
  readonly rate: number;
  readonly rounds: number;
  /** For the throttled table. */
  readonly writeUnitsPerSecond: number;
}

export interface Measurements {
  readonly sizes: Sizes;
  readonly model: ReadonlyMap<Algorithm, readonly Run[]>;
  readonly dynalite: ReadonlyMap<Algorithm, readonly Run[]>;
  /** By number of sessions. */
  readonly memory: readonly { readonly sessions: number; readonly runs: readonly Run[] }[];
  /** 10 % over: with the deletes, and examined only. */
  readonly rate: { readonly deleting: readonly Run[]; readonly examining: readonly Run[] };
  readonly throttled: readonly Run[];
}

type RunOptions = { dryRun?: boolean; writeUnitsPerSecond?: number };

/** All experiments, one run at a time; `say` is told of each. */
export async function measure(processes: Processes, sizes: Sizes, say: (line: string) => void): Promise<Measurements> {
  async function load(name: StageName, count: number, overShare: number): Promise<RunningStage> {
    say(`${name}: loading ${count.toLocaleString('en')} sessions, ${overShare * 100} % over`);
    const stage = processes.stage(name);
    const data: DataSet = { count, overShare, seed: SEED, asOf: AS_OF };
    await stage.load(data);
    return stage;
  }

  async function once(stage: RunningStage, algorithm: Algorithm, options: RunOptions = {}): Promise<Run> {
    const endpoint = await stage.reset(options.writeUnitsPerSecond);
    const { dryRun } = options;
    const report = await processes.run({ algorithm, endpoint, tableName: TABLE_NAME, asOf: AS_OF, dryRun });
    const { requests, over, liveDeleted, ...counted } = await stage.stats();
    if (liveDeleted !== 0) throw new Error(`${algorithm} deleted ${liveDeleted} live sessions on the ${stage.name}.`);
    if (!dryRun && (over !== 0 || report.result.errors !== 0)) {
      throw new Error(`${algorithm} left ${over} on the ${stage.name}, with ${report.result.errors} errors.`);
    }
    say(`  ${algorithm}: ${Math.round(report.wallMs)} ms, ${Math.round(report.cpuMs)} ms of CPU`);
    return { ...report, ...counted, requests: Object.values(requests).reduce((sum, each) => sum + each, 0) };
  }

  async function inTurns(stage: RunningStage): Promise<Map<Algorithm, Run[]>> {
    const runs = new Map<Algorithm, Run[]>([
      ['sweep', []],
      ['incumbent', []],
      ['incumbent with pauses', []],
    ]);
    for (let round = 0; round < sizes.rounds; round++) {
      for (const [algorithm, done] of runs) {
        if (algorithm === 'incumbent with pauses' && round % PAUSED_EVERY !== 0) continue;
        done.push(await once(stage, algorithm));
      }
    }
    return runs;
  }

  async function rounds<T>(one: () => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (let round = 0; round < sizes.rounds; round++) done.push(await one());
    return done;
  }

  const main = await load('model', sizes.main, 0.3);
  const model = await inTurns(main);
  say(`model: ${sizes.writeUnitsPerSecond.toLocaleString('en')} write units per second`);
  const throttled = await rounds(() => once(main, 'sweep', { writeUnitsPerSecond: sizes.writeUnitsPerSecond }));

  const dynalite = await inTurns(await load('dynalite', sizes.dynalite, 0.3));

  const memory: Measurements['memory'][number][] = [];
  for (const sessions of sizes.memory) {
    const stage = await load('model', sessions, 0.3);
    memory.push({ sessions, runs: await rounds(() => once(stage, 'sweep')) });
    stage.end();
  }

  const large = await load('model', sizes.rate, 0.1);
  const rate = {
    deleting: await rounds(() => once(large, 'sweep')),
    examining: await rounds(() => once(large, 'sweep', { dryRun: true })),
  };
  return { sizes, model, dynalite, memory, rate, throttled };
}

/** A figure of some runs; `NaN` where a run has none. */
export const figure = (runs: readonly Run[] = [], of: (run: Run) => number | undefined): Figure =>
  figureOf(runs.map((run) => of(run) ?? Number.NaN));
