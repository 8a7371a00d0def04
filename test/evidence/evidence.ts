import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readFlags, runCommand } from '../../local/command';
import { REQUIREMENTS, type Requirement } from './requirements';

const ROOT = join(__dirname, '..', '..');
const REPORT = join(ROOT, 'docs', 'security', 'asvs-v7.md');

const USAGE = `Usage: npm run evidence
Runs all tests and writes ${relative(ROOT, REPORT)}: each requirement, how it is met, its tests and their results.
Exit code 1 when a test fails, or a requirement that is met has none.`;

interface Test {
  readonly name: string;
  readonly file: string;
  readonly passed: boolean;
}

/** Writes the report from a run of all tests. */
runCommand(async () => {
  readFlags(USAGE, {});
  const tests = await runTests();
  const failed = tests.filter(({ passed }) => !passed);
  const shown = REQUIREMENTS.map((requirement) => ({ requirement, tests: testsOf(requirement, tests) }));
  const without = shown.filter(({ requirement, tests: own }) => requirement.verdict !== 'not ours' && own.length === 0);
  writeFileSync(REPORT, report(shown, tests));
  const count = (verdict: Requirement['verdict']) => REQUIREMENTS.filter((one) => one.verdict === verdict).length;
  console.log(
    `${REQUIREMENTS.length} requirements: ${count('met')} met, ${count('in part')} in part, ${count('not ours')} not ours`,
  );
  const tagged = new Set(shown.flatMap(({ tests: own }) => own)).size;
  console.log(`${tagged} tests of ${tests.length} carry their ids; ${failed.length} tests failed`);
  for (const { requirement } of without) console.error(`${requirement.id} is said to be met and has no test`);
  if (failed.length > 0 || without.length > 0) process.exitCode = 1;
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
    const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
    return testResults.flatMap((file: any) => {
      // A file that does not load has no tests to fail.
      if (file.assertionResults.length === 0) return [{ name: file.message, file: file.name, passed: false }];
      return file.assertionResults.map((test: any) => ({
        name: test.fullName,
        file: relative(ROOT, file.name),
        passed: test.status === 'passed',
      }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const testsOf = ({ id }: Requirement, tests: readonly Test[]) => tests.filter(({ name }) => name.includes(`[${id}]`));

function report(shown: readonly { requirement: Requirement; tests: Test[] }[], all: readonly Test[]): string {
  const failed = all.filter(({ passed }) => !passed).length;
  return [
    '# OWASP ASVS 5.0, chapter V7: session management',
    '',
    `Written by \`npm run evidence\` on ${new Date().toISOString().slice(0, 10)}, from a run of all ${all.length} tests, of which ${failed} failed.`,
    'The requirements are in our words; the original is at <https://github.com/OWASP/ASVS>. Four from other chapters,',
    'which go with sessions, are at the end. A test shows a requirement when it has the id in its name.',
    '',
    '| requirement | verdict | tests | result |',
    '|---|---|---|---|',
    ...shown.map(({ requirement: { id, verdict }, tests }) => {
      const bad = tests.filter(({ passed }) => !passed).length;
      const result = tests.length === 0 ? '' : bad === 0 ? 'passed' : `${bad} failed`;
      return `| [${id}](#${id.toLowerCase().replaceAll('.', '')}) | ${verdict} | ${tests.length || ''} | ${result} |`;
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

/** One line a test; where a test has many cases, its name before the colon stands for them. */
function testLines(tests: readonly Test[]): string[] {
  if (tests.length === 0) return [];
  const groups = new Map<string, Test[]>();
  for (const test of tests) {
    const about = test.name.replaceAll(/\[V[\d.]+\] ?/g, '');
    const key = tests.length > 12 ? about.slice(0, (about.indexOf(':') + 1 || about.length + 1) - 1) : about;
    const group = `${key}\n${test.file}`;
    groups.set(group, [...(groups.get(group) ?? []), test]);
  }
  const lines = [...groups].sort().map(([group, members]) => {
    const [name, file] = group.split('\n');
    const bad = members.filter(({ passed }) => !passed).length;
    const cases = members.length > 1 ? `, ${members.length} cases` : '';
    return `- ${bad === 0 ? 'passed' : `**${bad} failed**`}: ${name} (\`${file}\`${cases})`;
  });
  return [...lines, ''];
}
