import { join } from 'node:path';
import { Device } from '../test/support/api';
import { runBench, say } from './command';
import type { GuardOrder } from './guard-process';
import { startLocalRun } from './local-run';
import { bundle, startProcess } from './processes';
import { atMost, table } from './report';
import { figureOf, spread } from './statistics';

const WHO = ['guard', 'library and SDK'] as const;

runBench({
  name: 'bench:guard',
  measures: 'the CPU time of the guard, in turns with aws-jwt-verify and one GetItem of the SDK (a minute)',
  rounds: { full: 5, quick: 1 },
  async run({ quick, rounds, folder }) {
    const count = quick ? 100 : 500;
    say('Synthesizing the stack ...');
    const [{ stack, functionOf }] = await Promise.all([
      startLocalRun(join(folder, 'assembly')),
      bundle(folder, ['guard-process']),
    ]);
    // The local run's database looks up no role for this access key.
    const environment = { ...functionOf('authorizer').environment, AWS_ACCESS_KEY_ID: 'bench' };
    const device = await Device.register(stack, 'bench');
    /** Each of these is verified anew: the guard keeps whom a token speaks for. */
    const newTokens = async () => {
      const tokens: string[] = [];
      for (; tokens.length < count; await device.refresh()) tokens.push(device.idToken);
      return tokens;
    };

    const taken: Record<GuardOrder['who'], number[]> = { guard: [], 'library and SDK': [] };
    for (let round = 1; round <= rounds; round++) {
      for (const who of WHO) {
        say(`Round ${round} of ${rounds}: ${who}`);
        const server = startProcess(join(folder, 'guard-process.js'), environment);
        await server.ask({ who, tokens: await newTokens() } satisfies GuardOrder);
        taken[who].push(await server.ask<number>({ who, tokens: await newTokens() } satisfies GuardOrder));
        await server.end();
      }
    }
    await stack.close();
    const ratio = figureOf(taken.guard, (one) => one).median / figureOf(taken['library and SDK'], (one) => one).median;
    const section = {
      title: 'The guard',
      command: 'bench:guard',
      decide: '**Decide from this** whether the guard costs your server more CPU than what you would write yourself.',
      thresholds: [atMost('CPU time of a check / aws-jwt-verify and one GetItem of the SDK', 1.3, ratio)],
      how: `${rounds} rounds; ${count} checks, each with a new token, follow ${count} that are not measured.`,
      details: [
        table(['ms', ...WHO], [['CPU time of a check', ...WHO.map((who) => spread(taken[who], (one) => one))]]),
      ],
    };
    return { section };
  },
});
