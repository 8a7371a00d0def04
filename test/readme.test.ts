import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStack } from './support/stack';

const ROOT = join(__dirname, '..');

/** The walk's commands, each with the answer that the README shows for it. */
function walk(): { commands: string; answer: string }[] {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## A walk')[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n```text\n([\s\S]*?)```)?/g)].map(
    ([, commands = '', answer = '']) => ({
      commands,
      answer,
    }),
  );
}

const pattern = (answer: string) =>
  new RegExp(
    `^${answer
      .trim()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/…/g, '[^"}]+')}$`,
  );

it('the walk of the README, typed as it stands, answers as it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-readme-'));
  const stack = await startStack({ folder });
  try {
    const steps = walk();
    expect(steps.length).toBeGreaterThan(5);
    // One shell for all steps, as one terminal has; a mark tells whose answer ends.
    const script = steps.map(({ commands }) => `${commands}\necho; echo ----`).join('\n');
    const typed = script.replaceAll('http://127.0.0.1:3000', stack.url);
    const env = { ...process.env, DYNAMODB_PORT: new URL(stack.databaseEndpoint).port };
    const { stdout } = await promisify(execFile)('bash', ['-c', typed], { cwd: ROOT, env });
    const answers = stdout.split('\n----\n').map((answer) => answer.trim());
    for (const [index, { answer }] of steps.entries()) expect(answers[index]).toMatch(pattern(answer));
  } finally {
    await stack.close();
  }
});

it('the pictures of the README are there, small, and say in words what they show', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const pictures = [...text.matchAll(/!\[(.*?)\]\((.*?)\)/g)];
  expect(pictures.map(([, , path]) => path)).toEqual(['docs/images/console-light.png', 'docs/images/cleanup.svg']);
  for (const [, words = '', path = ''] of pictures) {
    expect(words.length).toBeGreaterThan(40);
    expect(statSync(join(ROOT, path)).size).toBeLessThan(path.endsWith('.svg') ? 60_000 : 200_000);
  }
});

it('the README tells the numbers that the picture of the cleanup shows', () => {
  const picture = readFileSync(join(ROOT, 'docs', 'images', 'cleanup.svg'), 'utf8').replaceAll('&#160;', ' ');
  const [words = ''] =
    /!\[.*?\]\(docs\/images\/cleanup\.svg\)/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  const [examined, deleted] = words.match(/\d+,\d{3}/g) ?? [];
  expect(picture).toContain(`>${examined}  examined<`);
  expect(picture).toContain(`>${deleted}  deleted<`);
});
