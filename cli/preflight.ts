import { context } from '../cdk.json';
import { readFlags, runCommand } from '../command/command';
import { Problem } from '../command/problem';
import { countryDataBuiltAt } from '../lib/country-data';
import { chooseStage } from '../lib/stage';
import { callersAccount } from './aws-account';
import { checkAll, type Finding } from './prerequisites';

const USAGE = `Usage: npm run preflight -- [flags]
Checks that the AWS account has what a stage needs. Changes nothing. The AWS SDK's settings give region and credentials.
  --stage NAME   a stage of cdk.json (dev)
The exit code is 1 if something is missing or could not be checked.`;

const WORD: Readonly<Record<Finding['status'], string>> = { ok: 'ok     ', missing: 'missing', unknown: 'unknown' };

/** `npm run preflight`: says of each prerequisite whether the account has it. */
runCommand(async () => {
  const { stage: name = 'dev' } = readFlags(USAGE, { stage: { type: 'string' } } as const);
  const stage = settle(name);
  const account = await callersAccount();
  const findings = await checkAll(account, stage);
  for (const { status, name: what, sentence } of findings) console.log(`${WORD[status]}  ${what}: ${sentence}`);
  if (stage.location !== 'off') console.log(ageOfCountries(stage.location));
  const bad = findings.filter(({ status }) => status !== 'ok').length;
  if (bad > 0)
    throw new Problem(`${bad} of ${findings.length} prerequisites of the stage ${stage.name} are missing or unknown.`);
  console.log(`The account is ready for the stage ${stage.name} in ${account.region}.`);
});

const DAY = 86_400_000;

function ageOfCountries(location: string): string {
  const builtAt = countryDataBuiltAt(location);
  const days = Math.floor((Date.now() - builtAt.getTime()) / DAY);
  return `note     Countries of addresses: the data is of ${builtAt.toISOString().slice(0, 10)}, ${days} days old. How to get newer data: docs/configuration.md, "Where a session is".`;
}

function settle(name: string) {
  try {
    return chooseStage(context.stages, name);
  } catch (error) {
    throw new Problem((error as Error).message);
  }
}
