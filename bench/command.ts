import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFlags, runCommand, UsageProblem } from '../command/command';
import { markdown, PERFORMANCE, type Section, writeSection } from './report';

export interface BenchOptions {
  readonly quick: boolean;
  readonly rounds: number;
  /** A folder of its own, below the project's; it is deleted at the end. */
  readonly folder: string;
}

export interface Bench {
  /** The npm script, which is also the name of its section. */
  readonly name: string;
  /** What it measures, for the usage. */
  readonly measures: string;
  /** How many rounds it does unless the command says so. */
  readonly rounds: { readonly full: number; readonly quick: number };
  /** @returns the section, and a picture for a file next to the document */
  readonly run: (options: BenchOptions) => Promise<{ section: Section; picture?: { file: string; svg: string } }>;
}

/** Runs a bench: prints its section and, unless it is a quick run, writes it into the document. */
export const runBench = ({ name, measures, rounds: { full, quick: few }, run }: Bench): void =>
  runCommand(async () => {
    const usage = `Usage: npm run ${name} -- [flags]
Measures ${measures} and writes docs/performance.md.
  --rounds N   how often each measurement is repeated (${full})
  --quick      a short run (${few} rounds) that prints and writes nothing`;
    const { quick = false, rounds = quick ? few : full } = readFlags(usage, {
      rounds: { type: 'string' },
      quick: { type: 'boolean' },
    });
    if (!Number.isInteger(Number(rounds)) || Number(rounds) < 1) {
      throw new UsageProblem(`--rounds is "${rounds}"; 1 or more is expected.\n${usage}`);
    }
    const folder = join(__dirname, '..', '.bench', String(process.pid));
    process
      .on('exit', () => rmSync(folder, { recursive: true, force: true }))
      .on('SIGINT', () => process.exit(130))
      .on('SIGTERM', () => process.exit(143));
    const began = Date.now();
    const { section, picture } = await run({ quick, rounds: Number(rounds), folder });
    console.log(markdown(section));
    console.error(`\nTook ${Math.round((Date.now() - began) / 1_000)} s.`);
    if (!quick) {
      writeSection(name, markdown(section));
      if (picture) writeFileSync(join(dirname(PERFORMANCE), picture.file), picture.svg);
    }
    process.exit();
  });

/** Says how far a bench is. */
export const say = (line: string): void => console.error(line);
