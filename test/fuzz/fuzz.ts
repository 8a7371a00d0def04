import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFlags, runCommand, UsageProblem } from '../../command/command';
import { synthesize } from '../../local/assembly';
import { fuzz, requestOf } from './fuzzer';
import { startTarget } from './target';

const USAGE = `Usage: npm run fuzz -- [--requests N] [--seed N] [--show NUMBER]
  --requests N   how many mutated requests are sent to the API's and the database's port (100000)
  --seed N       which ones: the same number makes the same requests (the time)
  --show NUMBER  print this request of the seed instead of sending any
Exit code 1 if the local run ends, does not answer afterwards, or says of a whole request that it is itself at fault.`;
const EVERY = 5_000;

/** Mutated requests against a local run. */
runCommand(async () => {
  const options = { requests: { type: 'string' }, seed: { type: 'string' }, show: { type: 'string' } } as const;
  const flags = readFlags(USAGE, options);
  const number = (name: keyof typeof options, otherwise: number) => {
    const value = Number(flags[name] ?? otherwise);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new UsageProblem(`--${name} is "${flags[name]}"; a whole number is expected.`);
  };
  const requests = number('requests', 100_000);
  const seed = number('seed', Date.now() % 1_000_000);

  const folder = mkdtempSync(join(tmpdir(), 'session-backend-fuzz-'));
  try {
    await synthesize(folder);
    const run = await startTarget(folder);
    try {
      if (flags.show !== undefined) {
        const { to, bytes } = requestOf(number('show', 0), { seed, target: run.target });
        console.log(`To the ${to} port:\n${bytes.toString('latin1').slice(0, 20_000)}`);
        return;
      }
      console.log(`Seed ${seed}: ${requests} requests`);
      const begun = Date.now();
      const onProgress = (sent: number) => {
        if (sent % EVERY === 0) console.log(`${sent} sent after ${Math.round((Date.now() - begun) / 1_000)} s`);
      };
      const { statuses, suspects, slowest } = await fuzz({ ...run, requests, seed, onProgress });
      for (const [name, count] of [...statuses].sort()) console.log(`${String(count).padStart(8)}  ${name}`);
      console.log(`Slowest answer: ${Math.round(slowest.ms)} ms, to request ${slowest.number}`);
      for (const { number: suspect, answer } of suspects) console.error(`SUSPECT ${suspect}: ${answer}`);
      const answers = await run.answers();
      console.log(
        `${requests} requests, ${suspects.length} suspects; the local run ${answers ? 'still answers' : 'does NOT answer'}.`,
      );
      if (run.complaints()) console.error(`It complained:\n${run.complaints().slice(0, 20_000)}`);
      if (!answers || suspects.length > 0) process.exitCode = 1;
    } finally {
      await run.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
