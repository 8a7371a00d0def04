import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS } from '../lib/options';
import { settleStage } from '../lib/stage';

const ROOT = join(__dirname, '..');
export const CONFIGURATION = join(ROOT, 'docs', 'configuration.md');

export interface OptionRow {
  readonly option: string;
  /** As the comment has it: JSON, `none`, or words after a hyphen. */
  readonly default: string;
  readonly meaning: string;
}

/** What the comments in lib/options.ts say of each option. */
export function optionRows(): OptionRow[] {
  const source = readFileSync(join(ROOT, 'lib', 'options.ts'), 'utf8');
  return Object.keys(OPTIONS).map((option) => {
    const [, comment = ''] = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+${option}: `).exec(source) ?? [];
    const words = comment.replace(/\n\s*\*? ?/g, ' ').trim();
    const [, meaning = '', standard = '', see] = /^(.+?) @default (.+?)(?: @see (\S+))?$/.exec(words) ?? [];
    return { option, default: standard, meaning: see ? `${meaning} [More](#${see}).` : meaning };
  });
}

/** The text of docs/configuration.md with the table that the code has. */
export function withOptionTable(page: string): string {
  const settled: Readonly<Record<string, unknown>> = { ...settleStage('prod') };
  const rows = optionRows().map(({ option, meaning }) => {
    const value = settled[option];
    return `| \`${option}\` | ${value === undefined ? 'none' : `\`${JSON.stringify(value)}\``} | ${meaning} |`;
  });
  return page.replace(/(\| option \| default \| meaning \|\n\|---\|---\|---\|\n)(?:\|.+\n)+/, `$1${rows.join('\n')}\n`);
}
