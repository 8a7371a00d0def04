import { printable } from '../command/printable';
import type { Outcome } from './run';

/** What the JSON report has. */
export interface Report extends Outcome {
  readonly target: string;
  /** ISO 8601. */
  readonly at: string;
  /** What was made and is still there. */
  readonly left: readonly string[];
}

/** The same for people. */
export function markdown({ target, at, results, latencies = [], left }: Report): string {
  const count = (word: string) => results.filter(({ result }) => result === word).length;
  const row = (...cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => printable(String(cell)).replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `# What is assumed of AWS, asked of ${target}\n`,
    `${at}: ${count('held')} held, ${count('did not hold')} did not hold, ${count('not asked')} were not asked.\n`,
    '| id | assumption | result | what was seen |\n|---|---|---|---|',
    ...results.map(({ id, sentence, result, because }) => row(id, sentence, result, because)),
    ...(latencies.length > 0 ? ['\n| route | first request, ms | median of ten more, ms |\n|---|---|---|'] : []),
    ...latencies.map(({ route, first, further }) => row(route, first, further)),
    ...left.map((one) => `\nNot removed: ${printable(one)}`),
  ].join('\n');
}
