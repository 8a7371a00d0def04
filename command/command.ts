import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../lib/spelling';
import { printableLines } from './printable';
import { Problem } from './problem';

/** What is wrong with how a command was called. */
export class UsageProblem extends Problem {}

/**
 * Runs a command of the command line: a problem is one sentence and exit code 1, wrong usage exit code 2. What nobody
 * has foreseen is a sentence too; DEBUG=1 adds where it happened.
 */
export function runCommand(main: () => Promise<void>): void {
  // It would be printed at the SDK's first use, between what the command has to say.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  for (const stream of [process.stdout, process.stderr]) stream.on('error', withoutReader);
  main().catch((error: unknown) => {
    console.error(printableLines(`Error: ${error instanceof Problem ? error.message : unforeseen(error)}`));
    process.exit(error instanceof UsageProblem ? 2 : 1);
  });
}

/** The reader of a pipe may leave, as `head` does. The work goes on: if it stopped there, it would look done. */
function withoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function unforeseen(error: unknown): string {
  if (process.env.DEBUG) return (error as Error)?.stack ?? String(error);
  const message = String((error as Error)?.message ?? error).split('\n')[0];
  return `${message} (This error is unexpected. Set DEBUG=1 to see where it happened, and report it.)`;
}

/**
 * Reads a command's flags, and prints the usage when it is asked for.
 * @throws a usage problem for what is not among them
 */
export function readFlags<T extends NonNullable<ParseArgsConfig['options']>>(
  usage: string,
  options: T,
  allowPositionals = false,
) {
  if (process.argv.includes('--help')) {
    console.log(process.env.SESSION_BACKEND_BIN ? forPackage(usage) : usage);
    process.exit(0);
  }
  const known = Object.keys(options).map((name) => `--${name}`);
  const parsed = parse();
  return { ...parsed.values, positionals: parsed.positionals };

  function parse() {
    try {
      return parseArgs({ options, allowPositionals });
    } catch (error) {
      // Node adds advice that fits its own `--`, not npm's.
      const [sentence = ''] = (error as Error).message.split('. ');
      const [, unknown] = /^Unknown option '--([^']+)'/.exec(sentence) ?? [];
      const meant = unknown === undefined ? '' : didYouMean(`--${unknown}`, known);
      throw new UsageProblem(`${sentence}${meant}. Add --help to see all flags.`);
    }
  }
}

/** The usage of a command, as the package's program is called. */
const forPackage = (usage: string): string => usage.replace(/npm (?:run )?([\w-]+)(?: --)?/g, 'npx session-backend $1');
