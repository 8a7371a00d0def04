import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
/** What somebody reads in the first hour. */
const PAGES = ['README.md', 'docs/client.md', 'docs/console.md', 'docs/migration.md'];

const read = (page: string, root: string) => readFileSync(join(root, page), 'utf8');

/** The commands of the README's walk, each with the answer that it shows. */
export function walk(root = ROOT): { commands: string; answer: string }[] {
  const text = read('README.md', root).split('## A walk')[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n```text\n([\s\S]*?)```)?/g)].map(
    ([, commands = '', answer = '']) => ({ commands, answer }),
  );
}

/** Types the walk into one shell, as one terminal has. Each step must end its line, or a mark would not begin one. */
export const typedWalk = (url: string, root = ROOT): string =>
  walk(root)
    .map(({ commands }) => `${commands}\necho ----`)
    .join('\n')
    .replaceAll('http://127.0.0.1:3000', url);

/** @returns the steps whose answers are not as the README shows them, with what was answered */
export function wrongAnswers(stdout: string, root = ROOT): { expected: string; answered: string | undefined }[] {
  const answers = stdout.split(/^----\n/m);
  return walk(root).flatMap(({ answer }, index) => {
    const answered = answers[index];
    const isRight = answer === '' ? answered === '' : answered !== undefined && pattern(answer).test(answered);
    return isRight ? [] : [{ expected: answer, answered }];
  });
}

/** `…` in an answer stands for any text. */
const pattern = (answer: string) =>
  new RegExp(`^${answer.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/…/g, '[^"}\\n]+')}$`);

/** All commands of the pages but those of the walk, each once, without what explains them. */
export function commands(): string[] {
  const found = PAGES.flatMap((page) => {
    const text = read(page, ROOT).replace(/## A walk[\s\S]*?\n## /, (section) =>
      section.replace(/```[\s\S]*?```/g, ''),
    );
    const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, lines = '']) => lines.split('\n'));
    const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
    return [...blocks, ...inline].map((command) => command.split(' #')[0]?.trim() ?? '');
  });
  return [...new Set(found.filter((command) => /^(npm|npx) /.test(command)))].sort();
}

/** The stage that the page about the migration puts into `cdk.json`, with names in place of its capitals. */
export function migratedStage(root: string): unknown {
  const [, block = ''] = /```json\n("prod": [\s\S]*?)```/.exec(read('docs/migration.md', root)) ?? [];
  const named = block
    .replace('NAME-OF-THE-TABLE', 'sessions-of-old')
    .replace('POOL', 'eu-west-1_AbCdEfGhI')
    .replace('CLIENT', '4example5client6id');
  return JSON.parse(`{${named}}`).prod;
}

/** Commands that a newcomer can type as they stand. */
export const TYPED = ['npm run build:console', 'npm run cleanup -- --dry-run', 'npm run cleanup -- --help'];

/** Commands that are not typed as they stand, and why. */
export const NOT_TYPED: Readonly<Record<string, string>> = {
  'npm ci': 'comes first, with the packages from where this machine has them',
  'npm ci && npm start': 'typed in two steps',
  'npm test': 'is what runs before anything lands',
  'npm start': 'typed on ports that are free',
  'npm start -- --watch': 'typed on ports that are free',
  'npx cdk bootstrap': 'needs an AWS account',
  'npx cdk deploy': 'needs an AWS account; it is synthesized',
  'npx cdk deploy -c stage=prod': 'needs an AWS account; it is synthesized',
  'npm run accept': 'needs an AWS account',
  'npm run preflight': 'needs an AWS account',
  'npm run smoke -- --url … --id-token … --refresh-token … --token-endpoint …': 'needs a deployed stage',
  'npm run cleanup -- --table NAME --dry-run': 'needs a table in AWS',
  'npm run import -- FILE': 'typed in the walk, with a file',
};
