import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { number } from '../cli/progress';
import { runCommand } from '../local/command';
import { writeSection } from './document';
import type { FirstOrder, FirstReport } from './first-process';
import { benchFlags } from './flags';
import { LocalRun } from './local-run';
import { STARTED, type Started } from './start-functions';
import { startReport } from './start-report';
import { makeVariants, VARIANTS, type Variant, type Variants } from './start-variants';

const USAGE = `Usage: npm run bench:start -- [flags]
Measures what the start of each function costs and writes docs/performance.md; a few minutes.
  --rounds N   starts of each kind (31)
  --quick      three rounds; prints, and writes nothing`;

/** The starts of one function. */
export interface Starts {
  readonly started: Started;
  readonly bytes: { readonly bundled: number; readonly cached: number };
  readonly runs: ReadonlyMap<Variant, FirstReport[]>;
}

async function start(process: string, environment: NodeJS.ProcessEnv, order: FirstOrder): Promise<FirstReport> {
  // No flags of this process: it runs TypeScript, by a loader of its own.
  const child = fork(process, { env: environment, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let report: FirstReport | undefined;
  child.once('message', (sent) => {
    report = sent as FirstReport;
  });
  child.send(order);
  // To its very end: what a large process takes to go would be measured with the one after it.
  await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (!report) throw new Error(`${order.file} ended without an answer.`);
  return report;
}

async function measure(run: LocalRun, variants: Variants, rounds: number): Promise<Starts[]> {
  const all = STARTED.map((started) => {
    // Heap sizes are left out: on Node.js 20 a code cache made without them would not fit, on Lambda's 24 it does.
    const {
      folder,
      environment: { NODE_OPTIONS: _, ...environment },
    } = run.functionOf(started.name);
    const bytes = { bundled: variants.bytesOf('bundled', folder), cached: variants.bytesOf('with code cache', folder) };
    const runs = new Map<Variant, FirstReport[]>(VARIANTS.map((variant) => [variant, []]));
    return { started, folder, environment, bytes, runs };
  });
  for (let round = 0; round < rounds; round++) {
    console.error(`Round ${round + 1} of ${rounds}`);
    for (const { started, folder, environment, runs } of all) {
      for (const [variant, reports] of runs) {
        const file = variants.fileOf(variant, started.entry, folder);
        const report = await start(variants.firstProcess, environment, { file, event: await started.event?.(run) });
        if (started.isRight?.(report.answer) === false) {
          throw new Error(`${started.name}, ${variant}, answered ${JSON.stringify(report.answer)}.`);
        }
        reports.push(report);
      }
    }
  }
  return all;
}

async function main(): Promise<void> {
  const { rounds, quick } = benchFlags(USAGE, { full: 31, quick: 3 });
  const folder = join(__dirname, '..', '.bench', String(process.pid));
  process
    .on('exit', () => rmSync(folder, { recursive: true, force: true }))
    .on('SIGINT', () => process.exit(130))
    .on('SIGTERM', () => process.exit(143));
  const began = Date.now();
  console.error('Synthesizing the stack ...');
  const variants = await makeVariants(folder);
  const run = await LocalRun.start(variants.assembly);
  const section = startReport(await measure(run, variants, rounds), rounds);
  run.close();
  console.log(section);
  console.error(`\nTook ${number((Date.now() - began) / 1_000)} s.`);
  if (!quick) writeSection('bench:start', section);
  process.exit();
}

runCommand(main);
