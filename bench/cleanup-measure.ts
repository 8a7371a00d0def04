import { join } from 'node:path';
import type { Algorithm, RunOrder, RunReport } from './cleanup-process';
import { say } from './command';
import { TABLE_NAME } from './dynamodb-model';
import type { DataSet } from './model/sessions';
import { SWEEP_FLAGS, startProcess } from './processes';
import { dynaliteStage, modelStage, type Stage, type StageStats } from './stages';

export const ALGORITHMS: readonly Algorithm[] = ['sweep', 'baseline', 'baseline with pauses'];
const AS_OF = Date.parse('2026-11-23T12:00:00Z');
/** A run with pauses takes over a minute, so it takes part in every second round only. */
const PAUSED_EVERY = 2;

/** One run: what the client took, and what the stage counted. */
export interface Run extends RunReport, Omit<StageStats, 'requests'> {
  readonly requests: number;
}

export interface Sizes {
  /** Sessions in the main comparison on the model. */
  readonly main: number;
  readonly dynalite: number;
  /** Table sizes for the peak of memory, smallest first. */
  readonly memory: readonly number[];
  readonly rate: number;
  readonly rounds: number;
  /** Of the table that throttles. */
  readonly writeUnitsPerSecond: number;
}

type Runs = ReadonlyMap<Algorithm, readonly Run[]>;

export type Measurements = Awaited<ReturnType<typeof measureCleanup>>;

/**
 * All experiments, one run at a time.
 * @param folder where the client's process is
 */
export async function measureCleanup(folder: string, sizes: Sizes) {
  async function run(stage: Stage, algorithm: Algorithm, writeUnitsPerSecond?: number, dryRun = false): Promise<Run> {
    const endpoint = await stage.reset(writeUnitsPerSecond);
    const flags = algorithm === 'sweep' ? SWEEP_FLAGS : [];
    const client = startProcess(join(folder, 'cleanup-process.js'), process.env, flags);
    const order: RunOrder = { algorithm, endpoint, tableName: TABLE_NAME, asOf: AS_OF, dryRun };
    const report = await client.ask<RunReport>(order);
    await client.end();
    const { requests, ...counted } = await stage.stats();
    const left = dryRun ? 0 : counted.over + report.result.errors;
    if (counted.liveDeleted > 0 || left > 0) {
      throw new Error(`${algorithm} on ${stage.name} deleted ${counted.liveDeleted} live sessions and left ${left}.`);
    }
    say(`  ${algorithm}: ${Math.round(report.wallMs)} ms, ${Math.round(report.cpuMs)} ms of CPU`);
    return { ...report, ...counted, requests: Object.values(requests).reduce((sum, each) => sum + each, 0) };
  }

  async function rounds(one: () => Promise<Run>): Promise<Run[]> {
    const done: Run[] = [];
    for (let round = 0; round < sizes.rounds; round++) done.push(await one());
    return done;
  }

  async function inTurns(stage: Stage): Promise<Runs> {
    const runs = new Map<Algorithm, Run[]>(ALGORITHMS.map((algorithm) => [algorithm, []]));
    for (let round = 0; round < sizes.rounds; round++) {
      for (const [algorithm, done] of runs) {
        if (algorithm === 'baseline with pauses' && round % PAUSED_EVERY !== 0) continue;
        done.push(await run(stage, algorithm));
      }
    }
    return runs;
  }

  /** Serves a data set for as long as an experiment lasts, so that a large one leaves the memory. */
  async function on<Result>(
    make: (data: DataSet) => Promise<Stage>,
    [count, overShare]: readonly [number, number],
    experiment: (stage: Stage) => Promise<Result>,
  ): Promise<Result> {
    const stage = await make({ count, overShare, seed: 20_261_123, asOf: AS_OF });
    say(`${stage.name}: ${count.toLocaleString('en')} sessions, ${overShare * 100} % over`);
    const result = await experiment(stage);
    await stage.close();
    return result;
  }

  const { model, throttled } = await on(modelStage, [sizes.main, 0.3], async (stage) => ({
    model: await inTurns(stage),
    throttled: await rounds(() => run(stage, 'sweep', sizes.writeUnitsPerSecond)),
  }));
  const dynalite = await on(dynaliteStage, [sizes.dynalite, 0.3], inTurns);
  const memory: { readonly sessions: number; readonly runs: readonly Run[] }[] = [];
  for (const sessions of sizes.memory) {
    const runs = await on(modelStage, [sessions, 0.3], (stage) => rounds(() => run(stage, 'sweep')));
    memory.push({ sessions, runs });
  }
  const rate = await on(modelStage, [sizes.rate, 0.1], async (stage) => ({
    deleting: await rounds(() => run(stage, 'sweep')),
    examining: await rounds(() => run(stage, 'sweep', undefined, true)),
  }));
  return { sizes, model, dynalite, memory, rate, throttled };
}
