import type { ParseArgsConfig } from 'node:util';
import { readFlags, UsageProblem } from '../command/command';
import { swallowedDryRun } from '../command/npm-flags';

/** People may give these to any command that changes a table. */
const BELIEVED = ['table', 'endpoint'];

/**
 * Reads the flags of a command that changes a table.
 * @param script the command's name in `npm run`
 * @returns the flags; `dryRun` also if npm took `--dry-run` for itself
 * @throws a usage problem for unknown flags, and for flags that npm took for itself
 */
export function readTableFlags<T extends NonNullable<ParseArgsConfig['options']>>(
  script: string,
  usage: string,
  options: T,
  allowPositionals = false,
) {
  const isHelp = process.argv.includes('--help');
  const names = [...Object.keys(options), 'dry-run'];
  const swallowed = !isHelp && swallowedDryRun(`npm run ${script}`, names, process.env, BELIEVED);
  const flags = readFlags(usage, { ...options, 'dry-run': { type: 'boolean' } } as const, allowPositionals);
  if (swallowed) {
    console.error(
      `npm took --dry-run for itself. This is a dry run anyway. Next time, write: npm run ${script} -- --dry-run`,
    );
  }
  return { ...flags, dryRun: swallowed || (flags as { 'dry-run'?: boolean })['dry-run'] === true };
}

/** @throws a usage problem unless the flag is absent or a positive number */
export function positive(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageProblem(`${flag} is "${text}"; a positive number is expected.`);
}
