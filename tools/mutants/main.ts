import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFlags, runCommand, UsageProblem } from '../../command/command';
import { Problem } from '../../command/problem';
import type { Fault } from './fault';
import { FAULTS, suitesOf } from './faults';
import { Copy, ROOT, textWith } from './run';
import { drawOf, sampleOf } from './sample';

const USAGE = `Usage: npm run mutants -- [--only GROUP|ID,…] [--sample SHARE] [--seed N] [--check-mapping N] [--list]

Puts each fault of the list into a copy of the project, and runs the suites that could notice it.

  --only NAME        take only a group of faults, or one fault; several with commas
  --sample SHARE     take only a random share, such as 0.1
  --seed N           the same number takes the same share (default: another one each time)
  --check-mapping N  for N faults, run all suites; fail if only a suite that is not listed for the file notices
  --list             print the list and run nothing`;

const OPTIONS = {
  only: { type: 'string' },
  sample: { type: 'string' },
  seed: { type: 'string' },
  'check-mapping': { type: 'string' },
  list: { type: 'boolean' },
} as const;

async function main(): Promise<void> {
  const flags = readFlags(USAGE, OPTIONS);
  const seed = numberOf('seed', flags.seed, Date.now() % 1_000_000);
  const chosen = FAULTS.filter(
    ({ id }) => !flags.only || flags.only.split(',').some((name) => [id, id.split('/')[0]].includes(name)),
  );
  if (chosen.length === 0) throw new UsageProblem(`There is no fault or group ${flags.only}.\n${USAGE}`);
  if (flags.list) return console.log(chosen.map(({ id, breaks }) => `${id}: ${breaks}`).join('\n'));

  // All of them, whatever was chosen: so the list cannot rot.
  for (const fault of FAULTS) textWith(fault, readFileSync(join(ROOT, fault.file), 'utf8'));
  const faults = flags.sample ? sampleOf(chosen, numberOf('sample', flags.sample, 1), seed) : chosen;
  const checked = drawOf(faults, numberOf('check-mapping', flags['check-mapping'], 0), seed);
  say(`${faults.length} of ${FAULTS.length} faults; seed ${seed}.`);

  const copy = new Copy();
  process.on('exit', () => copy.remove());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  await assertPassing(copy, faults);
  const failingAnyway = checked.length > 0 ? await copy.failingAnyway() : [];
  const survivors: Fault[] = [];
  const unmapped: string[] = [];
  for (const [index, fault] of faults.entries()) {
    const started = Date.now();
    const { passed, failed } = await copy.with(fault);
    if (passed) survivors.push(fault);
    const by = passed ? 'SURVIVED' : failed.join(', ');
    say(`${index + 1}/${faults.length} ${fault.id}: ${by} (${Math.round((Date.now() - started) / 1_000)} s)`);
    if (!checked.includes(fault)) continue;
    const { failed: all } = await copy.allWith(fault);
    const named = suitesOf(fault.file).suites;
    const others = all.filter(
      (suite) => !failingAnyway.includes(suite) && !named.some((mapped) => suite.startsWith(mapped)),
    );
    say(`  of all suites, these others notice it: ${others.join(', ') || 'none'}`);
    if (passed && others.length > 0) unmapped.push(fault.id);
  }
  printTable(faults, survivors);
  for (const { id, file, breaks } of survivors) console.log(`Survived: ${id} in ${file}. ${breaks}`);
  if (unmapped.length > 0) console.log(`Only suites that are not named for them notice: ${unmapped.join(', ')}.`);
  if (survivors.length > 0) process.exitCode = 1;
}

/** What fails without a fault would seem to notice every one. */
async function assertPassing(copy: Copy, faults: readonly Fault[]): Promise<void> {
  const rooms = faults.map(({ file }) => suitesOf(file));
  const suites = [...new Set(rooms.flatMap((room) => room.suites))];
  say(`First without a fault: ${suites.join(', ')}`);
  const { passed, failed } = await copy.without(
    suites,
    rooms.some(({ template }) => template),
  );
  if (!passed) throw new Problem(`Without a fault, these suites fail: ${failed.join(', ')}.`);
}

function printTable(faults: readonly Fault[], survivors: readonly Fault[]): void {
  const rows = [...new Set(faults.map(({ id }) => id.split('/')[0] ?? ''))].map((group) => {
    const isIn = ({ id }: Fault) => id.startsWith(`${group}/`);
    return [group, faults.filter(isIn).length, survivors.filter(isIn).length] as const;
  });
  for (const [group, all, left] of [...rows, ['all', faults.length, survivors.length] as const]) {
    console.log(`${group.padEnd(12)} ${String(all - left).padStart(3)} of ${String(all).padStart(3)} noticed`);
  }
}

function numberOf(name: string, text: string | undefined, absent: number): number {
  const value = text === undefined ? absent : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new UsageProblem(`--${name} is "${text}"; a number is expected.\n${USAGE}`);
}

const say = (text: string) => console.error(text);

runCommand(main);
