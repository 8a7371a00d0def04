import { reportOf, shownBy, testsIn, unshown } from './report';
import type { Requirement } from './requirements';

const requirement = (id: string, verdict: Requirement['verdict'] = 'met'): Requirement => ({
  id,
  asks: 'It is asked for.',
  how: 'It is done.',
  verdict,
});

/** What jest writes of a file with such tests. */
const fileOf = (name: string, tests: Record<string, string>) => ({
  name: `/project/test/${name}`,
  status: 'passed',
  message: '',
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
});

/** A run on a machine without a browser. */
const RUN = {
  testResults: [
    fileOf('a.test.ts', { '[V7.1] one': 'passed', '[V7.2] two': 'passed' }),
    fileOf('browser.test.ts', { '[V7.2] in a browser': 'pending', '[V7.3] there, too': 'pending', later: 'todo' }),
  ],
};

describe('The evidence of a machine without a browser', () => {
  const tests = testsIn(RUN, '/project');
  const shown = shownBy(
    ['V7.1', 'V7.2', 'V7.3'].map((id) => requirement(id)),
    tests,
  );

  it('counts what was skipped as skipped, and neither as passed nor as failed', () => {
    expect(tests.map(({ status }) => status)).toEqual(['passed', 'passed', 'skipped', 'skipped', 'skipped']);
    expect(tests[2]).toEqual({ name: '[V7.2] in a browser', file: 'test/browser.test.ts', status: 'skipped' });
  });

  it('says so in its report: of all tests, and of those of each requirement', () => {
    const report = reportOf(shown, tests, '2026-11-23');

    expect(report).toContain('on 2026-11-23, from a run of all 5 tests: 2 passed, 0 failed, 3 skipped.');
    expect(report).toContain('Skipped tests did not run');
    expect(report).toContain('| **V7.1** It is asked for. | met | 1 | It is done. |');
    expect(report).toContain('| **V7.2** It is asked for. | met | 1 skipped, 1 | It is done. |');
  });

  it('does not take a requirement for shown if all of its tests were skipped', () => {
    expect(unshown(shown).map(({ id }) => id)).toEqual(['V7.3']);
  });
});

describe('The evidence', () => {
  it('needs a test for what is met in part, and none for what is not ours', () => {
    const requirements = [requirement('V7.1', 'in part'), requirement('V7.2', 'not ours')];

    expect(unshown(shownBy(requirements, [])).map(({ id }) => id)).toEqual(['V7.1']);
  });

  it('has a failed test for a file that does not load, and none for one that has no tests', () => {
    const broken = { name: '/project/test/b.test.ts', status: 'failed', message: 'It broke.', assertionResults: [] };
    const empty = { ...broken, status: 'passed', message: '' };

    const tests = testsIn({ testResults: [broken, empty] }, '/project');

    expect(tests).toEqual([{ name: 'It broke.', file: 'test/b.test.ts', status: 'failed' }]);
  });

  it('says nothing of skipped tests if there are none', () => {
    const tests = testsIn({ testResults: [fileOf('a.test.ts', { '[V7.1] one': 'failed' })] }, '/project');

    const report = reportOf(shownBy([requirement('V7.1')], tests), tests, '2026-11-23');

    expect(report).not.toContain('Skipped');
    expect(report).toContain('| **V7.1** It is asked for. | met | **1 failed** | It is done. |');
  });
});
