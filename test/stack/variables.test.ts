import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENV } from '../../lambda/runtime/environment';
import { readAssembly } from '../../local/assembly';
import { resolveTemplate } from '../../local/template';
import { synthesizedTemplate, synthesizeStage } from '../support/stack';

/** Read when there is something to log or to call, not when the bundle is loaded. */
const LATER = [
  'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_EVENTBRIDGE',
  'POWERTOOLS_SERVICE_NAME',
];
const NAMES = new Set<string>(Object.values(ENV));

/** A stage that sets every option that becomes a variable. */
const everything = resolveTemplate(
  readAssembly(
    synthesizeStage(
      {
        sessionLimit: { most: 3, whenReached: 'deny' },
        recentSignInMinutes: 10,
        limits: { admin: { idleMinutes: 15 } },
        signOutAtPool: true,
        newDeviceEvents: true,
        adminClaim: 'custom:role',
        cleanupWriteUnitsPerSecond: 100,
        trustedOrigin: { header: 'x-origin-secret', sha256: ['0'.repeat(64)] },
      },
      { name: 'dev' },
    ),
  ),
  { issuer: 'http://issuer.test' },
);

/** Loads a bundle; the names of the variables that it asks for. */
async function readsOf(file: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const script = `const read = new Set();
    process.env = new Proxy(process.env, { get: (all, name) => (read.add(name), all[name]) });
    require(${JSON.stringify(file)});
    console.log('\\n' + JSON.stringify([...read].filter((name) => typeof name === 'string')));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]');
}

describe('the environment of', () => {
  const bundles = synthesizedTemplate();
  const functions = everything
    .all('AWS::Lambda::Function')
    .map(([, { FunctionName, Environment }]): [string, Record<string, string>] => [
      FunctionName,
      Environment.Variables,
    ]);

  it.each(functions)('%s is what its code reads, and no variable more', async (name, variables) => {
    const found = bundles.all('AWS::Lambda::Function').find(([, { FunctionName }]) => FunctionName === name);
    const file = join(bundles.assetPath(found?.[1].Code.S3Key), 'index.js');
    const text = readFileSync(file, 'utf8');
    const read = await readsOf(file, { ...variables, AWS_REGION: 'eu-central-1', PATH: process.env.PATH });
    const expected = [...read.filter((one) => NAMES.has(one)), ...LATER.filter((one) => text.includes(one))];
    expect(Object.keys(variables).sort()).toEqual(expected.sort());
  });
});
