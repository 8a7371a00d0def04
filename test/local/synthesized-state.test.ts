import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reasonIn } from '../../local/assembly';
import { hashInputs, isMadeFrom, isUntouched, removeStamp, writeStamp } from '../../local/synthesized-state';

const ASSET = `asset.${'a'.repeat(64)}`;
const OLD_ASSET = `asset.${'b'.repeat(64)}`;

const write = (folder: string, file: string, text: string) => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};

/** A project of a few files, and what was synthesized from it. */
function synthesized(): { project: string; output: string; isFresh: () => boolean } {
  const project = mkdtempSync(join(tmpdir(), 'project-'));
  for (const file of ['bin/app.ts', 'lib/api.ts', 'lambda/http/route.ts', 'client/client.ts', 'console/src/page.ts'])
    write(project, file, file);
  for (const file of ['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json']) write(project, file, '{}');
  const output = join(project, 'cdk.out');
  write(output, 'manifest.json', '{}');
  write(output, 'dev.template.json', '{"stage":"dev"}');
  write(output, 'dev.assets.json', JSON.stringify({ path: ASSET }));
  write(output, `${ASSET}/index.js`, 'code');
  write(output, `${OLD_ASSET}/index.js`, 'old code');
  writeStamp(hashInputs(project), output);
  return { project, output, isFresh: () => isMadeFrom(hashInputs(project), output) };
}

it('a stack that nothing has changed for is not synthesized again', () => {
  const { output, isFresh } = synthesized();
  expect(isFresh()).toBe(true);
  // Left over from an earlier synthesis.
  rmSync(join(output, OLD_ASSET), { recursive: true });
  expect(isFresh()).toBe(true);
});

it('nor if it was put in its place when it was complete', () => {
  const { project, output } = synthesized();
  const place = join(project, 'place');
  renameSync(output, place);
  expect(isMadeFrom(hashInputs(project), place)).toBe(true);
});

it('nor for what it is not made from', () => {
  const { project, isFresh } = synthesized();
  for (const file of ['README.md', 'test/a.test.ts', 'local/main.ts', '.data/items', 'console/dist/index.html'])
    write(project, file, 'changed');
  expect(isFresh()).toBe(true);
});

describe('a stack is synthesized again after', () => {
  it.each<[string, (place: { project: string; output: string }) => void]>([
    ['a change of a function', ({ project }) => write(project, 'lambda/http/route.ts', 'changed')],
    ['a new file', ({ project }) => write(project, 'lambda/http/new.ts', '')],
    ['a removed file', ({ project }) => rmSync(join(project, 'lambda/http/route.ts'))],
    [
      'a renamed file',
      ({ project }) => {
        cpSync(join(project, 'lib/api.ts'), join(project, 'lib/gateway.ts'));
        rmSync(join(project, 'lib/api.ts'));
      },
    ],
    ['a change of a construct', ({ project }) => write(project, 'lib/api.ts', 'changed')],
    ['a change of a stage', ({ project }) => write(project, 'cdk.json', '{"context":{}}')],
    ['a change of the console', ({ project }) => write(project, 'console/src/page.ts', 'changed')],
    ['a change of the packages', ({ project }) => write(project, 'package-lock.json', '{"packages":{}}')],
    ['another install', ({ project }) => write(project, 'node_modules/.package-lock.json', '{}')],
    ['a synthesis of another stage', ({ output }) => write(output, 'dev.template.json', '{"stage":"prod"}')],
    ['a synthesis of a second stack', ({ output }) => write(output, 'prod.template.json', '{}')],
    ['a change of a bundle', ({ output }) => write(output, `${ASSET}/index.js`, 'other code')],
    ['a bundle was deleted', ({ output }) => rmSync(join(output, ASSET), { recursive: true })],
    ['its folder was deleted', ({ output }) => rmSync(output, { recursive: true })],
    ['a synthesis that did not end', ({ output }) => removeStamp(output)],
    ['its note was cut off', ({ output }) => write(output, 'made-from.json', '{"inputs"')],
  ])('%s', (_, change) => {
    const { project, output, isFresh } = synthesized();
    change({ project, output });
    expect(isFresh()).toBe(false);
  });

  it.each([
    ['another Node.js is named for the code cache', 'CODE_CACHE_NODE', '/opt/node', false],
    ['a setting of the CDK', 'CDK_DEFAULT_REGION', 'eu-west-1', false],
    ['no choice of whether the templates are checked', 'CDK_VALIDATION', 'true', true],
  ])('%s', (_, name, value, fresh) => {
    const { isFresh } = synthesized();
    const before = process.env[name];
    process.env[name] = value;
    try {
      expect(isFresh()).toBe(fresh);
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  });
});

describe('a command takes what was synthesized for the local run', () => {
  it('also if the sources have changed since', () => {
    const { project, output } = synthesized();
    write(project, 'lambda/http/route.ts', 'changed');
    expect(isUntouched(output)).toBe(true);
  });

  it.each<[string, (output: string) => void]>([
    ['another stage was synthesized in its place', (output) => write(output, 'prod.template.json', '{}')],
    ['a synthesis failed in its place', (output) => rmSync(join(output, 'dev.template.json'))],
    ['it was synthesized for something else', removeStamp],
  ])('but not if %s', (_, change) => {
    const { output } = synthesized();
    change(output);
    expect(isUntouched(output)).toBe(false);
  });
});

it('why a stack cannot be synthesized is one sentence, without what the command line of CDK adds', () => {
  const sentence = 'Stage "dev": logDays is 31; expected: one of 1, 3.';
  const stderr = `Error: ${sentence}\nnode bin/run.cjs bin/app.ts: Subprocess exited with error 1\n`;
  expect(reasonIn(stderr)).toBe(sentence);
  expect(reasonIn(`/app.ts:1\n  throw error;\n\nTypeError: no such thing\n    at main (app.ts:1)\n`)).toBe(
    'no such thing',
  );
  expect(reasonIn('Killed\n')).toBeUndefined();
});
