import { isMisspelling } from '../lib/spelling';
import { UsageProblem } from './command';

/**
 * npm keeps flags that stand before the first `--` for itself. Of `npm run cleanup --dry-run --as-of T` a script sees
 * `npm_config_dry_run=true` and `npm_config_as_of=true` in its environment, and the value T as an argument.
 */
const SET_BY_NPM = /^npm_config_(.+)$/i;

/** npm has configs of these names: `.npmrc` may set them for good reasons, and without them a command only asks more. */
const OF_NPM_ITSELF = new Set(['yes', 'json']);

/** Flags that are worth a guess: below this length, one typing error makes another word of them. */
const SHORTEST_GUESS = 4;

/**
 * Finds the flags that were meant for a command and went to npm.
 * @param command as a person types it, such as `npm run cleanup`
 * @param flags the command's
 * @param believed those that a person may believe to be its
 * @returns whether a dry run was meant. From wherever npm has it, such as `.npmrc`: a dry run harms nobody
 * @throws a usage problem for any other flag, also when it is misspelled: without it the command would do something else
 */
export function swallowedDryRun(
  command: string,
  flags: readonly string[],
  environment: NodeJS.ProcessEnv,
  believed: readonly string[] = [],
): boolean {
  let dryRun = false;
  for (const [variable, value] of Object.entries(environment)) {
    const [, name = ''] = SET_BY_NPM.exec(variable) ?? [];
    const meant = [...flags, ...believed].find((flag) => isMeant(name, flag));
    if (meant === undefined || OF_NPM_ITSELF.has(meant)) continue;
    if (plain(name) === 'dryrun') dryRun ||= value !== '' && value !== 'false';
    else {
      const advice = flags.includes(meant)
        ? `Write "--" before the flags: ${command} -- --${meant} …`
        : `${command} has no flag --${meant}.`;
      throw new UsageProblem(
        `npm took --${name.replaceAll('_', '-')} for itself, so the command did not get it. Nothing was done. ${advice}\nIf it is not a flag that you typed, unset ${variable}, or remove it from .npmrc.`,
      );
    }
  }
  return dryRun;
}

const plain = (name: string) => name.toLowerCase().replace(/[-_]/g, '');

function isMeant(name: string, flag: string): boolean {
  const [typed, expected] = [plain(name), plain(flag)];
  if (typed === expected) return true;
  if (typed.length < SHORTEST_GUESS || expected.length <= SHORTEST_GUESS) return false;
  return expected.startsWith(typed) || isMisspelling(typed, expected);
}
