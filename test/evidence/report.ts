import { relative } from 'node:path';
import type { Requirement } from './requirements';

export interface Test {
  readonly name: string;
  /** Relative to the project. */
  readonly file: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

export interface Shown {
  readonly requirement: Requirement;
  readonly tests: readonly Test[];
}

/**
 * The tests in what `jest --json` writes. What did not run (skipped, a todo) is skipped; a file that does not load is
 * one failed test.
 */
export function testsIn(results: any, root: string): Test[] {
  return results.testResults.flatMap(({ name, message, status, assertionResults }: any): Test[] => {
    const file = relative(root, name);
    if (assertionResults.length === 0 && status === 'failed') return [{ name: message, file, status: 'failed' }];
    return assertionResults.map(({ fullName, status }: any) => ({
      name: fullName,
      file,
      status: status === 'passed' || status === 'failed' ? status : 'skipped',
    }));
  });
}

/** Each requirement with the tests that carry its id. */
export const shownBy = (requirements: readonly Requirement[], tests: readonly Test[]): Shown[] =>
  requirements.map((requirement) => ({
    requirement,
    tests: tests.filter(({ name }) => name.includes(`[${requirement.id}]`)),
  }));

/** The requirements that are said to be met, and that no test has shown in this run. */
export const unshown = (shown: readonly Shown[]): Requirement[] =>
  shown
    .filter(({ requirement, tests }) => requirement.verdict !== 'not ours' && tests.every(isSkipped))
    .map(({ requirement }) => requirement);

export const count = (tests: readonly Test[], status: Test['status']): number =>
  tests.filter((test) => test.status === status).length;

const isSkipped = ({ status }: Test): boolean => status === 'skipped';

/** @param day of the run, like 2026-11-23 */
export function reportOf(shown: readonly Shown[], all: readonly Test[], day: string): string {
  const skipped = count(all, 'skipped');
  return [
    '# OWASP ASVS 5.0, chapter V7: session management',
    '',
    `Written by \`npm run evidence\` on ${day}, from a run of all ${all.length} tests: ${outcomeOf(all)}.`,
    ...(skipped > 0
      ? ['Skipped tests did not run, for example because the machine has no browser. They show nothing here.']
      : []),
    'The requirements are in our words; the original is at <https://github.com/OWASP/ASVS>. Four from other chapters,',
    'which go with sessions, are at the end. A test shows a requirement if it has the id in its name.',
    '',
    '| requirement | verdict | tests | result |',
    '|---|---|---|---|',
    ...shown.map(({ requirement: { id, verdict }, tests }) => {
      const anchor = id.toLowerCase().replaceAll('.', '');
      return `| [${id}](#${anchor}) | ${verdict} | ${tests.length || ''} | ${tests.length === 0 ? '' : resultOf(tests)} |`;
    }),
    '',
    ...shown.flatMap(({ requirement, tests }) => [
      `## ${requirement.id}`,
      '',
      requirement.asks,
      '',
      `**${requirement.verdict[0]?.toUpperCase()}${requirement.verdict.slice(1)}.** ${requirement.how}`,
      '',
      ...testLines(tests),
    ]),
  ].join('\n');
}

/** "3 passed, 0 failed, 1 skipped". */
const outcomeOf = (tests: readonly Test[]): string =>
  (['passed', 'failed', 'skipped'] as const).map((status) => `${count(tests, status)} ${status}`).join(', ');

/** "passed"; otherwise how many failed or were skipped. */
function resultOf(tests: readonly Test[]): string {
  const [failed, skipped] = [count(tests, 'failed'), count(tests, 'skipped')];
  const other = [failed > 0 && `**${failed} failed**`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
  return other.join(', ') || 'passed';
}

/** One line a test; if a requirement has many, the name before a colon stands for all of its cases. */
function testLines(tests: readonly Test[]): string[] {
  if (tests.length === 0) return [];
  const groups = new Map<string, Test[]>();
  for (const test of tests) {
    const about = test.name.replaceAll(/\[V[\d.]+\] ?/g, '');
    const key = tests.length > 6 ? about.slice(0, (about.indexOf(':') + 1 || about.length + 1) - 1) : about;
    const group = `${key}\n${test.file}`;
    groups.set(group, [...(groups.get(group) ?? []), test]);
  }
  const lines = [...groups].sort().map(([group, members]) => {
    const [name, file] = group.split('\n');
    const cases = members.length > 1 ? `, ${members.length} cases` : '';
    return `- ${resultOf(members)}: ${name} (\`${file}\`${cases})`;
  });
  return [...lines, ''];
}
