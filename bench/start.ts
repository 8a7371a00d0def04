import { join } from 'node:path';
import { runBench, say } from './command';
import { startLocalRun } from './local-run';
import { measureStarts } from './start-measure';
import { startSection } from './start-report';

runBench({
  name: 'bench:start',
  measures: 'what the start of each function costs (a few minutes)',
  rounds: { full: 31, quick: 3 },
  async run({ rounds, folder }) {
    say('Synthesizing the stack ...');
    const run = await startLocalRun(join(folder, 'assembly'));
    const section = startSection(await measureStarts(folder, run, rounds), rounds);
    await run.stack.close();
    return { section };
  },
});
