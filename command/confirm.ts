import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { UsageProblem } from './command';
import { Problem } from './problem';

/** Where a person is asked. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
}

const STANDARD: Terminal = { input: process.stdin, output: process.stderr };

/**
 * Asks a person before something that cannot be undone.
 * @param what will happen, as sentences without the last full stop
 * @param word to be typed
 * @throws a usage problem if nobody is at a terminal, and a problem if anything else is typed
 */
export async function confirm(what: string, word: string, { input, output }: Terminal = STANDARD): Promise<void> {
  if (!input.isTTY) {
    throw new UsageProblem(`${what}. To confirm this without a terminal, add --yes.`);
  }
  const asked = createInterface({ input, output });
  // Ctrl-C and the end of the input are answers too.
  const left = new Promise<string>((resolve) => asked.once('close', () => resolve('\n')));
  const typed = await Promise.race([asked.question(`${what}. Type ${word} to continue: `), left]);
  asked.close();
  // Nobody has ended the line of the question.
  if (typed === '\n') output.write('\n');
  if (typed.trim() !== word) throw new Problem('Not confirmed. Nothing was changed.');
}
