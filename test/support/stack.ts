import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localAccess } from '../../cli/local-table';
import type { Calls } from '../../lambda/aws/calls';
import { systemClock } from '../../lambda/aws/retry';
import { databaseCalls } from '../../lambda/dynamodb/client';
import type { SessionTables } from '../../lambda/dynamodb/session-store';
import type { StageConfiguration } from '../../lib/stage';
import { type Assembly, readAssembly } from '../../local/assembly';
import { createTables, type Database, localClient, openDatabase } from '../../local/database';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/stack';
import { resolveTemplate, type Template } from '../../local/template';

/** The stack that was synthesized for the tests. */
export const synthesized = (): Assembly => readAssembly(process.env.SYNTHESIZED);

export const synthesizedTemplate = (): Template => resolveTemplate(synthesized(), { issuer: 'http://issuer.test' });

const tableOf = (what: string): string =>
  synthesizedTemplate()
    .all('AWS::DynamoDB::Table')
    .map(([, { TableName }]) => TableName as string)
    .find((name) => name.includes(what)) ?? '';

export const cleanupRunsTable = (): string => tableOf('cleanup-runs');

/** The stack's tables of sessions, by what they keep. */
export function sessionTables(): SessionTables {
  const [sessions, signIns] = [tableOf('user-sessions'), tableOf('sign-ins')];
  return { sessions, signIns, userIndex: 'UserIndex', signInDays: 30 };
}

/** The whole stack on free ports, in memory unless a folder is named. Tests call few of its functions. */
export const startStack = (options: Partial<LocalStackOptions> = {}): Promise<LocalStack> =>
  startLocalStack({ assembly: synthesized(), port: 0, databasePort: 0, lazy: true, ...options });

/** Calls of a database here, as a function makes them. */
export const callsTo = (endpoint: string): Calls => databaseCalls(localAccess(endpoint), systemClock);

/** The embedded database with the stack's tables, in memory. */
export async function startDatabase(): Promise<Database & { client: ReturnType<typeof localClient>; calls: Calls }> {
  const database = await openDatabase(undefined, 0);
  await createTables(synthesizedTemplate(), database.endpoint);
  const client = localClient(database.endpoint);
  const calls = callsTo(database.endpoint);
  return {
    ...database,
    client,
    calls,
    close: async () => {
      client.destroy();
      calls.destroy();
      await database.close();
    },
  };
}

/** A copy of the synthesized stack with something changed in its template; its folder. */
export function changedAssembly(change: (resources: Record<string, any>) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-changed-'));
  cpSync(process.env.SYNTHESIZED ?? '', folder, { recursive: true });
  changeTemplate(folder, change);
  return folder;
}

function rawTemplate(folder: string): any {
  const file = readdirSync(folder).find((name) => name.endsWith('.template.json')) ?? '';
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** A synthesized stack's resources as the template has them, with their policies for deletion. */
export const rawResources = (folder: string): Record<string, any> => rawTemplate(folder).Resources;

/** What the stack prints once it is deployed. */
export const outputs = (folder: string): Record<string, any> => rawTemplate(folder).Outputs;

/**
 * Synthesizes a stage of another configuration, or finds what was made of it before; its folder. Nobody changes what is
 * in it.
 * @param bundled whether its functions can run
 */
export function synthesizeStage(configuration: StageConfiguration, { name = 'test', bundled = false } = {}): string {
  const { STAGES, SYNTHESIZER } = process.env;
  if (!STAGES || !SYNTHESIZER) {
    const folder = mkdtempSync(join(tmpdir(), 'session-backend-stage-'));
    (require('./stages') as typeof import('./stages')).synthesizeInto(folder, configuration, { name, bundled });
    return folder;
  }
  const hash = createHash('sha256').update(JSON.stringify([configuration, name, bundled]));
  const folder = join(STAGES, `stage-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const made = mkdtempSync(`${folder}-`);
  ask(SYNTHESIZER, { folder: made, configuration, name });
  if (bundled) useBundles(made);
  try {
    renameSync(made, folder);
  } catch (error) {
    // Another suite has made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Asks the process that has the CDK loaded. It answers when it is done, and not at all while nobody waits. */
function ask(address: string, body: object): void {
  const script = `fetch('${address}', { method: 'POST', body: require('node:fs').readFileSync(0) })
    .then(async (answer) => { if (!answer.ok) throw await answer.text(); })
    .catch((error) => { console.error(error); process.exitCode = 1; })`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { input: JSON.stringify(body) });
  if (status !== 0) throw new Error(`The stage could not be synthesized. ${stderr}`);
}

/**
 * Gives a stage's functions the bundles of the stack that the tests synthesized: no option changes a bundle. A function
 * that only this stage has gets one of its own, from the file of its name.
 */
function useBundles(folder: string): void {
  const source = process.env.SYNTHESIZED ?? '';
  const resources = rawResources(source);
  changeTemplate(folder, (all) => {
    for (const [id, { Type, Properties }] of Object.entries(all)) {
      if (Type !== 'AWS::Lambda::Function' || !Properties.FunctionName) continue;
      Properties.Code = resources[id]?.Properties.Code ?? { S3Key: bundleInto(folder, Properties.FunctionName) };
    }
  });
  for (const name of readdirSync(source)) {
    const link = join(folder, name);
    if (name.startsWith('asset.') && !existsSync(link)) symlinkSync(join(source, name), link, 'junction');
  }
}

/** @returns the key by which the template names the bundle */
function bundleInto(folder: string, functionName: string): string {
  const name = functionName.split('-')[1];
  const entry = join(__dirname, '..', '..', 'lambda', `${name}.ts`);
  const options = ['--bundle', '--minify', '--platform=node', '--main-fields=module,main'];
  const outfile = join(folder, `asset.${name}`, 'index.js');
  execFileSync(join(__dirname, '../../node_modules/.bin/esbuild'), [entry, ...options, `--outfile=${outfile}`]);
  return `${name}.zip`;
}

function changeTemplate(folder: string, change: (resources: Record<string, any>) => void): void {
  const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.template.json')) ?? '');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  change(template.Resources);
  writeFileSync(file, JSON.stringify(template));
}
