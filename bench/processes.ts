import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { RunOrder, RunReport } from './client-process';
import type { Stage, StageOrder, StageReply, StageStats } from './stage-process';

const QUIET_SDK = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
const MOST_OUTPUT = 1024 * 1024;
/** Those of the cleanup's function and of its command; a test holds the three together. */
export const SWEEP_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=256'];

export type StageName = 'model' | 'dynalite';

/** A stage in its own process. */
export interface RunningStage extends Stage {
  readonly name: StageName;
  end(): void;
}

/** The bench's own processes: their code bundled once, as the functions' is, so that loading it costs little. */
export class Processes {
  private readonly folder = join(__dirname, '..', '.bench', String(process.pid));
  private readonly stages: ChildProcess[] = [];

  async build(): Promise<void> {
    const common = { bundle: true, platform: 'node', target: 'node20', outdir: this.folder } as const;
    const entry = (name: string) => [join(__dirname, `${name}.ts`)];
    await build({ ...common, entryPoints: entry('client-process'), mainFields: ['module', 'main'] });
    // The engine's native parts stay where they are.
    await build({ ...common, entryPoints: entry('stage-process'), packages: 'external' });
  }

  stage(name: StageName): RunningStage {
    const child = fork(join(this.folder, 'stage-process.js'), [name], { env: { ...process.env, ...QUIET_SDK } });
    this.stages.push(child);
    const ended = once(child, 'exit').then(() => undefined);
    const ask = async (order: StageOrder): Promise<StageReply> => {
      child.send(order);
      const reply = await Promise.race([once(child, 'message'), ended]);
      if (!reply) throw new Error(`The stage ${name} ended while it was asked for "${order.kind}".`);
      return reply[0] as StageReply;
    };
    return {
      name,
      load: async (data) => void (await ask({ kind: 'load', data })),
      reset: async (writeUnitsPerSecond) => (await ask({ kind: 'reset', writeUnitsPerSecond })).endpoint as string,
      stats: async () => (await ask({ kind: 'stats' })).stats as StageStats,
      end: () => void child.kill(),
    };
  }

  /** A measured run, in a fresh process: the sweep with the flags of its function and its command. */
  async run(order: RunOrder): Promise<RunReport> {
    const flags = order.algorithm === 'sweep' ? SWEEP_FLAGS : [];
    const script = [...flags, join(this.folder, 'client-process.js'), JSON.stringify(order)];
    const options = { env: { ...process.env, ...QUIET_SDK }, maxBuffer: MOST_OUTPUT };
    const { stdout } = await promisify(execFile)(process.execPath, script, options);
    return JSON.parse(stdout) as RunReport;
  }

  close(): void {
    for (const child of this.stages) child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
