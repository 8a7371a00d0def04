import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../command/problem';
import type { Aws } from './aws';
import { signingIn } from './people';
import type { Target } from './target';

const ROOT = join(__dirname, '..');

export interface Deployment {
  readonly deploy: () => Promise<Target>;
  /** Removes the stage, however far its deployment came. @returns what is left of it */
  readonly remove: () => Promise<readonly string[]>;
}

export function deploymentOf(aws: Aws, app: string, stage: string, say: Target['say'], run = runCdk): Deployment {
  const stack = `${app}-sessions-${stage}`;
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-accept-'));
  const outputsFile = join(folder, 'outputs.json');
  // One after the other: a stack that is just being changed cannot be removed.
  let last: Promise<void> = Promise.resolve();
  const cdk = (command: string, flags: readonly string[], change = 'none') => {
    const context = ['-c', `stage=${stage}`, '-c', `change=${change}`, '--output', join(folder, 'cdk.out')];
    const all = [command, '--app', 'node --import tsx accept/app.ts', ...context, ...flags];
    last = last.catch(() => undefined).then(() => run(all));
    return last;
  };
  const deploy = (change?: string) =>
    cdk('deploy', ['--require-approval', 'never', '--outputs-file', outputsFile], change);

  return {
    async deploy() {
      say(`Deploying ${stack}`);
      await deploy();
      const outputs = JSON.parse(readFileSync(outputsFile, 'utf8'))[stack];
      const region = outputs.AuthorizerArn.split(':')[3];
      const userPool = { id: outputs.TokenIssuer.split('/').pop(), clientId: outputs.TokenClientIds };
      const tableName: string = outputs.SessionsTable;
      const tableArn = outputs.AuthorizerArn.replace(/:lambda:(.*):function:.*/, `:dynamodb:$1:table/${tableName}`);
      const database = { client: { region }, tableName, tableArn };
      return {
        name: `${stack} in ${region}`,
        apiUrl: `${outputs.ApiUrl}/`,
        signIn: signingIn(aws, `${outputs.ApiUrl}/`, userPool),
        own: { app, stage, aws, userPool, database, deployAgain: () => deploy('again'), items: 100_000 },
        times: { poll: 2_000, outage: 60_000, most: 1_200_000 },
        say,
      };
    },
    async remove() {
      say(`Removing ${stack}`);
      await cdk('destroy', ['--force']).catch((error: Error) => say(error.message));
      rmSync(folder, { recursive: true });
      const left = await resourcesOf(aws, stack);
      if (left.length > 0) left.push(`the stack. Try again: aws cloudformation delete-stack --stack-name ${stack}`);
      return [...left, 'the functions’ code in the bucket of CDK’s toolkit. npx cdk gc removes it.'];
    },
  };
}

/** What a stack still has; nothing if the stack is gone. */
async function resourcesOf(aws: Aws, StackName: string): Promise<string[]> {
  const asked = aws.call('cloudformation', 'ListStackResources', { StackName });
  const answer = await asked.catch(({ message }: Error) => message);
  if (typeof answer === 'string')
    return /does not exist/.test(answer) ? [] : [`something, maybe: CloudFormation could not be asked: ${answer}`];
  const there = answer.StackResourceSummaries.filter((one: any) => one.ResourceStatus !== 'DELETE_COMPLETE');
  return there.map((one: any) => `${one.ResourceType} ${one.PhysicalResourceId ?? ''}`);
}

async function runCdk(parameters: readonly string[]): Promise<void> {
  const program = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    // So that Ctrl-C does not reach it.
    detached: process.platform !== 'win32',
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Problem(`cdk ${parameters[0]} failed.`);
}
