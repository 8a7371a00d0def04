import { join } from 'node:path';
import { runBench, say } from './command';
import { startLocalRun } from './local-run';
import { bundle } from './processes';
import { measureRequests } from './requests-measure';
import { requestsSection } from './requests-report';
import { installRivals } from './rivals';

runBench({
  name: 'bench:requests',
  measures: 'what requests cost, in turns with better-auth and the baseline (a few minutes)',
  rounds: { full: 5, quick: 1 },
  async run({ quick, rounds, folder }) {
    say('Installing better-auth and synthesizing the stack ...');
    const [rivals, run] = await Promise.all([
      installRivals(),
      startLocalRun(join(folder, 'assembly')),
      bundle(folder, ['requests-process', 'serve-ours', 'serve-http', 'serve-baseline']),
    ]);
    const sizes = { rounds, count: quick ? 100 : 300 };
    const measured = await measureRequests(folder, run, rivals, sizes);
    await run.stack.close();
    return { section: requestsSection(measured, sizes, rivals) };
  },
});
