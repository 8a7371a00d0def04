import { parseArgs } from 'node:util';

export interface Flags {
  readonly rounds: number;
  /** Prints, and writes nothing. */
  readonly quick: boolean;
}

/**
 * Reads `--rounds` and `--quick`. A wrong flag says so with the usage, and ends with 2.
 * @param rounds how many where none are named: in full, and quickly
 */
export function readFlags(usage: string, rounds: { readonly full: number; readonly quick: number }): Flags {
  try {
    const { values } = parseArgs({ options: { rounds: { type: 'string' }, quick: { type: 'boolean' } } });
    const quick = values.quick === true;
    const wanted = Number(values.rounds ?? (quick ? rounds.quick : rounds.full));
    if (!Number.isInteger(wanted) || wanted < 1)
      throw new Error(`--rounds is "${values.rounds}"; 1 or more is expected.`);
    return { rounds: wanted, quick };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
