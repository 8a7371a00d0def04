import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bills, DEFAULTS } from '../tools/cost-model';
import { ROOT, typedWalk, walk, wrongAnswers } from './newcomer/pages';
import { startStack } from './support/stack';

it('the walk of the README, typed as it stands, answers as it says, each answer on lines of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-readme-'));
  const stack = await startStack({ folder });
  try {
    expect(walk().length).toBeGreaterThan(5);
    const env = { ...process.env, DYNAMODB_PORT: new URL(stack.databaseEndpoint).port };
    const { stdout } = await promisify(execFile)('bash', ['-c', typedWalk(stack.url)], { cwd: ROOT, env });
    expect(wrongAnswers(stdout)).toEqual([]);
  } finally {
    await stack.close();
  }
});

it('the README has the costs that are calculated', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8').replace(/\s+/g, ' ');
  const [small, large] = [100, 1_000_000].map((users) => bills({ ...DEFAULTS, users }).ours);
  const dollars = (amount = 0, step = 1) => `$${(Math.round(amount / step) * step).toLocaleString('en')}`;
  expect(text).toContain(
    `about ${dollars(small?.total)} a month for a hundred users, ${dollars(small?.parts['metrics and alarms'])} of it for metrics`,
  );
  expect(text).toContain(
    `about ${dollars(large?.total, 100)} for a million, ${dollars(large?.parts['API gateway'], 100)} of it for API Gateway`,
  );
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
