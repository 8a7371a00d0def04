import { setTimeout as sleep } from 'node:timers/promises';
import { printError } from '../command/printable';
import { Problem } from '../command/problem';
import { outputOf, ROOT, synthesizeIfChanged } from './assembly';
import { readOwnPart } from './own-part';
import type { LocalStack } from './stack';
import { hashInputs } from './synthesized-state';

const ASK_EVERY_MS = 500;

/**
 * Synthesizes the stack after each change of what it is made from, and takes the functions whose code has changed. What
 * does not synthesize or start is said, and the run goes on with what it has.
 */
export async function watchSources(
  stack: Pick<LocalStack, 'reload'>,
  say: (line: string) => void,
  stage?: string,
): Promise<void> {
  // Looked at instead of watched: how folders are watched differs with the system and the version of Node.js.
  for (let seen = hashInputs(ROOT); ; await sleep(ASK_EVERY_MS, undefined, { ref: false })) {
    const now = hashInputs(ROOT);
    if (now === seen) continue;
    seen = now;
    try {
      await synthesizeIfChanged(() => say('Something has changed: synthesizing the stack ...'), stage);
      const { functions, needsRestart } = await stack.reload(readOwnPart(outputOf(stage), stage).assembly);
      if (functions.length > 0) say(`New code: ${functions.join(', ')}`);
      if (needsRestart) say('More has changed than the functions’ code. Stop npm start, and start it again.');
    } catch (error) {
      if (error instanceof Problem) say(`${error.message} The functions are unchanged.`);
      else printError(error);
    }
  }
}
