import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readFlags, runCommand } from '../../command/command';
import { count, reportOf, shownBy, type Test, testsIn, unshown } from './report';
import { REQUIREMENTS, type Requirement } from './requirements';

const ROOT = join(__dirname, '..', '..');
const REPORT = join(ROOT, 'docs', 'security', 'asvs-v7.md');

const USAGE = `Usage: npm run evidence
Runs all tests and writes ${relative(ROOT, REPORT)}: each requirement, how it is met, its tests and their results.
Tests that cannot run here, such as those in a browser, count as skipped. Exit code 1 if a test fails, or if no test
that ran shows a requirement that is met.`;

/** Writes the report from a run of all tests. */
runCommand(async () => {
  readFlags(USAGE, {});
  const tests = await runTests();
  const shown = shownBy(REQUIREMENTS, tests);
  writeFileSync(REPORT, reportOf(shown, tests, new Date().toISOString().slice(0, 10)));
  const verdicts = (verdict: Requirement['verdict']) => REQUIREMENTS.filter((one) => one.verdict === verdict).length;
  console.log(
    `${REQUIREMENTS.length} requirements: ${verdicts('met')} met, ${verdicts('in part')} in part, ${verdicts('not ours')} not ours`,
  );
  const tagged = new Set(shown.flatMap(({ tests: own }) => own)).size;
  const [failed, skipped] = [count(tests, 'failed'), count(tests, 'skipped')];
  console.log(`${tagged} tests of ${tests.length} carry their ids; ${failed} tests failed, ${skipped} were skipped`);
  const without = unshown(shown);
  for (const { id } of without) console.error(`${id} is said to be met, and no test has shown it`);
  if (failed > 0 || without.length > 0) process.exitCode = 1;
});

async function runTests(): Promise<Test[]> {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-evidence-'));
  const output = join(folder, 'results.json');
  try {
    const jest = spawn(process.execPath, [require.resolve('jest/bin/jest'), '--json', '--outputFile', output], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(jest, 'close');
    return testsIn(JSON.parse(readFileSync(output, 'utf8')), ROOT);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
