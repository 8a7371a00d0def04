import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { number } from '../cli/progress';
import { synthesize } from '../local/assembly';
import { runCommand } from '../local/command';
import { localClient } from '../local/database';
import { writeSection } from './document';
import { benchFlags } from './flags';
import { LocalRun, QUIET_SDK } from './local-run';
import { measureRequests } from './requests-measure';
import { requestsReport } from './requests-report';
import { installRivals } from './rivals';
import { INCUMBENT_TABLE } from './serve-incumbent';
import { createSessionsTable } from './sessions-table';

const USAGE = `Usage: npm run bench:requests -- [flags]
Measures what requests cost, in turns with better-auth and the incumbent, and writes docs/performance.md; a few minutes.
  --rounds N   runs of each server (5)
  --quick      one round of fewer requests; prints, and writes nothing`;

async function main(): Promise<void> {
  const { rounds, quick } = benchFlags(USAGE, { full: 5, quick: 1 });
  const folder = join(__dirname, '..', '.bench', String(process.pid));
  process
    .on('exit', () => rmSync(folder, { recursive: true, force: true }))
    .on('SIGINT', () => process.exit(130))
    .on('SIGTERM', () => process.exit(143));
  Object.assign(process.env, QUIET_SDK);
  const began = Date.now();
  console.error('Synthesizing the stack, and installing what it is compared with ...');
  const assembly = join(folder, 'assembly');
  const [rivals] = await Promise.all([installRivals(), synthesize(assembly), compile(folder)]);
  const run = await LocalRun.start(assembly);
  const database = localClient(run.served.databaseEndpoint);
  await database.send(createSessionsTable(INCUMBENT_TABLE, 'ALL'));
  const sizes = { rounds, count: quick ? 100 : 300, warm: quick ? 100 : 300 };
  const measured = await measureRequests({ folder, run, database, rivals }, sizes, (line) => console.error(line));
  run.close();
  const section = requestsReport(measured);
  console.log(section);
  console.error(`\nTook ${number((Date.now() - began) / 1_000)} s.`);
  if (!quick) writeSection('bench:requests', section);
  process.exit();
}

/** The bench's own processes, and the incumbent, bundled as the functions are. */
async function compile(outdir: string): Promise<void> {
  const common = { outdir, format: 'cjs', platform: 'node', target: 'node20' } as const;
  const file = (name: string) => join(__dirname, `${name}.ts`);
  await build({ ...common, entryPoints: [file('requests-process'), file('serve-ours')] });
  await build({ ...common, entryPoints: [file('serve-incumbent')], bundle: true, mainFields: ['module', 'main'] });
}

runCommand(main);
