import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './support/command';
import { ROOT } from './support/program';

/** A project that has nothing but what starts its commands. */
function project(engines: string, hasPackages: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(folder, 'bin'));
  cpSync(join(ROOT, 'bin', 'run.cjs'), join(folder, 'bin', 'run.cjs'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ engines: { node: engines } }));
  if (hasPackages) mkdirSync(join(folder, 'node_modules', 'tsx'), { recursive: true });
  return folder;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

describe('before a command runs,', () => {
  it.each([
    [`^${major}.${minor}.0`, true],
    [`^${major}.0.0 || >=99.0.0`, true],
    [`^16.1.0 || >=${major}.${minor}.0`, true],
    [`^${major}.${minor + 1}.0`, false],
    [`^${major - 1}.0.0 || >=${major + 1}.0.0`, false],
  ])('this Node.js, if %s is needed, is taken: %p; otherwise one sentence says so', async (engines, isTaken) => {
    const { code, stdout, stderr } = await runProgram(process.execPath, [join(project(engines, true), 'bin/run.cjs')]);
    expect(stderr).toMatch(isTaken ? /^$/ : /^Error: Node\.js \S+ does not run this project, which needs .+\.\n$/);
    expect([code, stdout]).toEqual([isTaken ? 0 : 1, '']);
  });

  it('a missing npm ci is one sentence', async () => {
    const outcome = await runProgram(process.execPath, [join(project('>=1.0.0', false), 'bin/run.cjs'), 'cli/cost.ts']);
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: The packages are not installed yet. Run npm ci first.\n',
    });
  });
});

it('every command of package.json looks first, also one that runs another program', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // npm runs it without any package.
  const { sbom: _, ...ours } = scripts;
  for (const name of Object.keys(ours).filter((one) => !one.startsWith('pre') || one === 'preflight')) {
    expect([name, scripts[`pre${name}`] ?? ours[name]]).toEqual([
      name,
      expect.stringMatching(/^node (.* )?bin\/run\.cjs\b/),
    ]);
  }
});

it('the versions of Node.js that are asked for are those that the packages work with', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  // Its SDK asks for 22 without needing it: all tests run on 20, too.
  const asksForMore = /durable-execution-sdk-js/;
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const least = [...engines.node.matchAll(/\d+\.\d+\.\d+/g)].map(([version]) => version);
  expect(least.map((version) => version.split('.')[0])).toEqual(['20', '22', '24']);
  for (const [name, { engines: needed, optional }] of Object.entries<any>(packages)) {
    if (!needed?.node || optional || name === '' || asksForMore.test(name)) continue;
    for (const version of least)
      expect([name, version, satisfies(version, needed.node)]).toEqual([name, version, true]);
  }
});

/** Of the forms of ranges that packages use here: `*`, `20`, `6.*`, `>=0.6.x`, `>=20.1`, `<=0.7`, `^20.19.0`, and several of them. */
function satisfies(version: string, ranges: string): boolean {
  const numbers = (text: string) => text.split('.').map(Number);
  /** Above 0 if the version is later. */
  const compared = (other: string) =>
    numbers(other)
      .map((part, place) => (numbers(version)[place] ?? 0) - part)
      .find((difference) => difference !== 0) ?? 0;
  return ranges.split('||').some((range) =>
    range
      .trim()
      .replace(/([<>]=) +/g, '$1')
      .split(' ')
      .every((one) => {
        const [, sign, other = ''] = /^(>=|<=|\^|)(\d+(?:\.\d+)*)(?:\.[*x])?$/.exec(one) ?? [];
        if (one === '*') return true;
        if (other === '') throw new Error(`${one} is no form of range that this test knows.`);
        if (sign === '<=') return compared(other) <= 0;
        return compared(other) >= 0 && (sign === '>=' || numbers(version)[0] === numbers(other)[0]);
      }),
  );
}
