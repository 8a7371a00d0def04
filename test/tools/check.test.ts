import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { newFolder, runProgram } from '../support/command';
import { program } from '../support/program';

/** Runs the command with an npm that writes down what it is asked to run, and fails for one step. */
async function check(failing: string) {
  const folder = newFolder();
  const log = join(folder, 'log');
  const npm = join(folder, 'npm');
  writeFileSync(
    npm,
    `#!${process.execPath}
const step = process.argv.slice(4).join(' ');
require('node:fs').appendFileSync(${JSON.stringify(log)}, step + '\\n');
console.log('This is ' + step);
process.exit(step === '${failing}' ? 1 : 0);`,
  );
  chmodSync(npm, 0o755);
  const PATH = `${folder}${delimiter}${process.env.PATH}`;
  const outcome = await runProgram(process.execPath, [await program('tools/check.ts')], { PATH });
  return { ...outcome, steps: readFileSync(log, 'utf8').trim().split('\n') };
}

describe('npm run check', () => {
  it('runs each step once, and prints what each has written', async () => {
    const { code, stdout, steps } = await check('none');
    expect(code).toBe(0);
    expect([...steps].sort()).toEqual([
      'accept -- --local --only contract',
      'check:templates',
      'lint',
      'mutants -- --sample 0.1',
      'test',
      'test:browser',
      'typecheck',
    ]);
    for (const step of steps)
      expect(stdout).toMatch(new RegExp(`npm run ${step}: \\d+ s, exit code 0\nThis is ${step}`));
  });

  it('fails with the step that fails, and runs none of those that wait for it', async () => {
    const { code, stderr, steps } = await check('typecheck');
    expect([code, stderr]).toEqual([1, 'Error: npm run typecheck failed.\n']);
    expect(steps).not.toContain('check:templates');
    expect(steps).not.toContain('mutants -- --sample 0.1');
  });
});
