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
    'The requirements are in our words ([original](https://github.com/OWASP/ASVS)); the last four are from other chapters.',
    'A test that shows one has its id in its name: `grep -rF "[V7.4.1]" test`.',
    '',
    '| requirement | verdict | tests passed | how |',
    '|---|---|---|---|',
    ...shown.map(
      ({ requirement: { id, asks, verdict, how }, tests }) =>
        `| **${id}** ${asks} | ${verdict} | ${resultOf(tests)} | ${how} |`,
    ),
    '',
  ].join('\n');
}

/** "3 passed, 0 failed, 1 skipped". */
const outcomeOf = (tests: readonly Test[]): string =>
  (['passed', 'failed', 'skipped'] as const).map((status) => `${count(tests, status)} ${status}`).join(', ');

/** How many failed, were skipped and passed; nothing if there are no tests. */
const resultOf = (tests: readonly Test[]): string =>
  (['failed', 'skipped', 'passed'] as const)
    .map((status) => [count(tests, status), status] as const)
    .filter(([number]) => number > 0)
    .map(
      ([number, status]) => ({ failed: `**${number} failed**`, skipped: `${number} skipped`, passed: number })[status],
    )
    .join(', ');
