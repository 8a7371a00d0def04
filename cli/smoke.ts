import { readFlags, runCommand } from '../command/command';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { portFrom } from '../local/settings';
import { checkContract, type Outcome } from './smoke-contract';
import { deployedSignIn, localSignIn } from './smoke-tokens';

const USAGE = `Usage: npm run smoke -- [--url URL --id-token TOKEN] [--refresh-token TOKEN --token-endpoint URL]
Checks that a stage does what the API promises. It registers a session and logs it out at the end.
  --url URL             the stage's address (the stack's output ApiUrl); without it, the local run is checked
  --id-token TOKEN      a token of a fresh sign-in that has not registered yet, of a user whom nobody else uses now
  --refresh-token TOKEN also check that the sign-in's id survives a refresh
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
    throw new Problem(`${failed.length} of ${outcomes.length} checks failed, on ${routes}.`);
  }
});

const line = ({ route, what, failure, skipped }: Outcome) =>
  failure
    ? `FAIL  ${route}: ${what}: ${failure}`
    : `${skipped ? 'skip' : 'ok  '}  ${route}: ${what}${skipped ? `: ${skipped}` : ''}`;
