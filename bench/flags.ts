import { readFlags, UsageProblem } from '../local/command';

export interface Flags {
  readonly rounds: number;
  /** Prints, and writes nothing. */
  readonly quick: boolean;
}

/**
 * Reads `--rounds` and `--quick`.
 * @param rounds how many where none are named: in full, and quickly
 * @throws a usage problem for anything else
 */
export function benchFlags(usage: string, rounds: { readonly full: number; readonly quick: number }): Flags {
  const flags = readFlags(usage, { rounds: { type: 'string' }, quick: { type: 'boolean' } });
  const quick = flags.quick === true;
  const wanted = Number(flags.rounds ?? (quick ? rounds.quick : rounds.full));
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new UsageProblem(`--rounds is "${flags.rounds}"; 1 or more is expected.\n${usage}`);
  }
  return { rounds: wanted, quick };
}
