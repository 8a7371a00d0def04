import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { localAccess } from '../../cli/local-table';
import type { Calls } from '../../lambda/aws/calls';
import { connectTo } from '../../lambda/aws/connection';
import { databaseCalls } from '../../lambda/dynamodb/client';
import type { SessionTables } from '../../lambda/dynamodb/session-store';
import { SessionStack } from '../../lib/session-stack';
import { type StageConfiguration, settleStage } from '../../lib/stage';
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

/** The whole stack on free ports, in memory unless a folder is named. */
export const startStack = (options: Partial<LocalStackOptions> = {}): Promise<LocalStack> =>
  startLocalStack({ assembly: synthesized(), port: 0, databasePort: 0, ...options });

/** Calls of a database here, as a function makes them. */
export const callsTo = (endpoint: string): Calls => databaseCalls(connectTo(localAccess(endpoint)));

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
  const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.template.json')) ?? '');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  change(template.Resources);
  writeFileSync(file, JSON.stringify(template));
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
 * Synthesizes a stage of another configuration; its folder.
 * @param bundled whether its functions are to be run: bundling takes seconds
 */
export function synthesizeStage(configuration: StageConfiguration, { name = 'test', bundled = false } = {}): string {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'session-backend-stage-')),
    context: { ...context, ...(!bundled && { 'aws:cdk:bundling-stacks': [] }) },
  });
  new SessionStack(app, 'Stack', { stage: settleStage(name, configuration) });
  return app.synth().directory;
}
