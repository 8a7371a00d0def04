import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { number } from '../cli/progress';
import { runCommand } from '../local/command';
import { PERFORMANCE, writeSection } from './document';
import { benchFlags } from './flags';
import { measure, type Sizes } from './measure';
import { Processes } from './processes';
import { picture, report } from './report';

const USAGE = `Usage: npm run bench:cleanup -- [flags]
Measures the sweep against the incumbent cleanup and writes docs/performance.md; about a quarter of an hour.
  --rounds N   runs of each kind (5)
  --quick      small tables, one round; prints, and writes nothing`;

const CHART = 'cleanup-performance.svg';

const FULL: Sizes = {
  main: 50_000,
  dynalite: 10_000,
  memory: [50_000, 200_000, 1_000_000],
  rate: 1_000_000,
  rounds: 5,
  writeUnitsPerSecond: 4_000,
};
const QUICK: Sizes = { ...FULL, main: 5_000, dynalite: 1_000, memory: [5_000, 20_000], rate: 50_000, rounds: 1 };

async function main(): Promise<void> {
  const { quick, rounds } = benchFlags(USAGE, { full: FULL.rounds, quick: QUICK.rounds });
  const sizes = { ...(quick ? QUICK : FULL), rounds };
  const processes = new Processes();
  process
    .on('exit', () => processes.close())
    .on('SIGINT', () => process.exit(130))
    .on('SIGTERM', () => process.exit(143));
  await processes.build();
  const began = Date.now();
  const measured = await measure(processes, sizes, (line) => console.error(line));
  const section = report(measured, CHART);
  console.log(section);
  console.error(`\nTook ${number((Date.now() - began) / 1_000)} s.`);
  if (!quick) {
    writeSection('bench:cleanup', section);
    writeFileSync(join(dirname(PERFORMANCE), CHART), picture(measured));
  }
  process.exit();
}

runCommand(main);
