import { spawn } from 'node:child_process';
import { readFlags, runCommand } from '../command/command';
import { Problem } from '../command/problem';

/**
 * Two lanes at once, each step after the one before it. The browser mostly waits, and a fault is tried in one process.
 * The tests ask all that `accept` asks on the local run, so here it asks one part, as a command.
 */
const LANES = [
  ['lint', 'typecheck', 'check:templates', 'mutants -- --sample 0.1'],
  ['accept -- --local --only contract', 'test:browser', 'test'],
];

/** `npm run check`: everything that must hold before anything lands. */
runCommand(async () => {
  readFlags(`Usage: npm run check\n  Runs ${LANES.flat().join(', ')}. Stops at the first that fails.`, {});
  await Promise.all(LANES.map(inTurn));
});

async function inTurn(steps: readonly string[]): Promise<void> {
  for (const step of steps) await run(step);
}

/** Prints what a step has written once it is done, so that the lanes' lines stay apart. */
function run(step: string): Promise<void> {
  const begun = Date.now();
  console.log(`npm run ${step} …`);
  const child = spawn('npm', ['run', '-s', ...step.split(' ')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  // Whatever else is running ends with this process.
  const stop = () => child.kill();
  process.on('exit', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('exit', stop);
      const seconds = Math.round((Date.now() - begun) / 1_000);
      process.stdout.write(`\nnpm run ${step}: ${seconds} s, exit code ${code}\n${Buffer.concat(output)}\n`);
      if (code === 0) resolve();
      else reject(new Problem(`npm run ${step} failed.`));
    });
  });
}
