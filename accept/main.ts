import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { callersAccount } from '../cli/aws-account';
import { checkAll } from '../cli/prerequisites';
import { deployedSignIn } from '../cli/smoke-tokens';
import { readFlags, runCommand, UsageProblem } from '../command/command';
import { confirm } from '../command/confirm';
import { Problem } from '../command/problem';
import { settleStage } from '../lib/stage';
import { readAssembly, synthesizeIfChanged } from '../local/assembly';
import { awsCommandLine, NotAsked } from './aws';
import { type Deployment, deploymentOf } from './deployment';
import { localTarget } from './local';
import { Person } from './person';
import { markdown, type Report } from './report';
import { PARTS, runAll } from './run';
import type { Target } from './target';

const USAGE = `Usage: npm run accept -- [flags]
Deploys a test stage, checks there what the design assumes of AWS, and removes the stage. It takes about an hour and
costs about a dollar.
Needs the AWS command line, credentials and a region. Writes accept-report.md and accept-report.json.
  --only PART   check one part only: ${PARTS.join(', ')}
  --keep        do not remove the stage
  --yes         do not ask before deploying
  --local       check the local run instead, as far as that needs no account
  --url URL --id-token TOKEN [--refresh-token TOKEN --token-endpoint URL]
                check an existing stage, as far as that needs no deployment. The token must be of a fresh sign-in.`;

const say = (sentence: string) => console.error(sentence);

/** `npm run accept`: does AWS behave as the design assumes? */
runCommand(async () => {
  const [text, yesOrNo] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const own = { only: text, keep: yesOrNo, yes: yesOrNo, local: yesOrNo };
  const given = { url: text, 'id-token': text, 'refresh-token': text, 'token-endpoint': text };
  const flags = readFlags(USAGE, { ...own, ...given });
  if (flags.only !== undefined && !PARTS.includes(flags.only))
    throw new UsageProblem(`--only is "${flags.only}"; one of ${PARTS.join(', ')} is expected.`);
  const interrupted = new AbortController();
  const interrupt = () => {
    say('Interrupted. What was deployed is removed now, unless --keep was given. That takes some minutes.');
    interrupted.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  if (flags.url !== undefined) {
    const { url, idToken, refresh } = deployedSignIn(flags);
    const person = new Person(url, idToken, '', refresh);
    person.register = () => Promise.reject(new NotAsked('The one sign-in that was given is used by contract.kept.'));
    const times = { poll: 1_000, outage: 0, most: 60_000 };
    return report({ name: url, apiUrl: url, signIn: async () => person, times, say }, async () => []);
  }
  if (flags.local) {
    await synthesizeIfChanged(() => say('Synthesizing the stack ...'));
    const { target, close } = await localTarget(readAssembly(), say);
    return report(target, () => close().then(() => []));
  }
  const deployment = await ownDeployment(flags.yes === true);
  const remove = async () => (flags.keep ? ['the stage, because of --keep'] : deployment.remove());
  const target = await deployment.deploy().catch(async (error: Error) => {
    throw new Problem([error.message, ...(await remove()).map((one) => `Not removed: ${one}`)].join('\n'));
  });
  return report(target, remove);

  async function report(target: Target, finish: () => Promise<readonly string[]>): Promise<void> {
    const outcome = await runAll(target, flags.only, interrupted.signal);
    const whole: Report = { target: target.name, at: new Date().toISOString(), ...outcome, left: await finish() };
    writeFileSync('accept-report.json', `${JSON.stringify(whole, null, 2)}\n`);
    writeFileSync('accept-report.md', `${markdown(whole)}\n`);
    for (const one of whole.left) say(`Not removed: ${one}`);
    const broken = outcome.results.filter(({ result }) => result === 'did not hold');
    if (broken.length > 0)
      throw new Problem(`These assumptions do not hold: ${broken.map(({ id }) => id).join(', ')}.`);
    if (interrupted.signal.aborted) throw new Problem('Interrupted: not everything was checked.');
    console.log('Every assumption that was checked holds. The report is in accept-report.md.');
  }
});

/** Asks before anything is deployed. */
async function ownDeployment(isConfirmed: boolean): Promise<Deployment> {
  const aws = awsCommandLine();
  const stage = settleStage(`accept-${randomBytes(4).toString('hex')}`, { setApiLogRole: false });
  const account = await callersAccount();
  for (const { status, name, sentence } of await checkAll(account, stage))
    if (status !== 'ok') say(`${name}: ${sentence}`);
  const { Account } = await aws.call('sts', 'GetCallerIdentity', {});
  const what = `This deploys the stage ${stage.name} into the account ${Account}, region ${account.region}. It is removed after about an hour and a dollar`;
  if (!isConfirmed) await confirm(what, 'deploy');
  return deploymentOf(aws, stage.app, stage.name, say);
}
