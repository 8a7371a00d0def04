import { readFlags, runCommand } from '../local/command';
import { printable } from '../local/printable';
import { Problem } from '../local/problem';
import { portFrom } from '../local/settings';
import { checkContract, type Outcome } from './smoke-contract';
import { deployedSignIn, localSignIn } from './smoke-tokens';

const USAGE = `Usage: npm run smoke -- [--url URL --id-token TOKEN] [--refresh-token TOKEN --token-endpoint URL]
Runs the contract against a deployed stage, and logs out what it registered. The token must be of a fresh sign-in.
  --url URL             of the stage, as the stack's output ApiUrl says; without it the local run, with a sign-in of its own
  --id-token TOKEN      of a user whom nobody uses at the moment: a sign-in that has not registered yet
  --refresh-token TOKEN checks as well that the sign-in's id outlives a refresh
  --token-endpoint URL  where to refresh: https://DOMAIN/oauth2/token of the user pool
  --json                print the outcomes as JSON`;

/** `npm run smoke`: does what is deployed keep the contract? */
runCommand(async () => {
  const flags = readFlags(USAGE, {
    url: { type: 'string' },
    'id-token': { type: 'string' },
    'refresh-token': { type: 'string' },
    'token-endpoint': { type: 'string' },
    json: { type: 'boolean' },
  } as const);
  const { url, idToken, refresh } =
    flags.url === undefined && !flags['id-token']
      ? await localSignIn(`http://127.0.0.1:${portFrom('PORT')}`)
      : deployedSignIn(flags);
  const outcomes = await checkContract({ url, idToken, refresh });

  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  if (flags.json) console.log(JSON.stringify(outcomes));
  else for (const outcome of outcomes) console.log(printable(line(outcome)));
  if (failed.length > 0) {
    const routes = [...new Set(failed.map(({ route }) => route))].join(', ');
    throw new Problem(`${failed.length} of ${outcomes.length} checks failed, of ${routes}.`);
  }
});

const line = ({ route, what, failure, skipped }: Outcome) =>
  failure
    ? `FAIL  ${route}: ${what}: ${failure}`
    : `${skipped ? 'skip' : 'ok  '}  ${route}: ${what}${skipped ? `: ${skipped}` : ''}`;
