import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { createTables, localClient, openDatabase } from '../../local/database';
import { localOrigins } from '../../local/origins';
import { program, ROOT } from './program';
import { sessionTables, synthesizedTemplate } from './stack';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'session-backend-cli-'));

/**
 * Runs a program in the project's folder, with nobody at a terminal. `DYNAMODB_PORT` is 0, so that no database on this
 * machine is found by its port; what npm told the tests' own process is not passed on.
 */
export async function runProgram(
  file: string,
  parameters: readonly string[],
  environment: Record<string, string | undefined> = {},
): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const child = spawn(file, parameters, {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), DYNAMODB_PORT: '0', ...environment },
  });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

export type Command = 'import' | 'cleanup' | 'end-sessions';

/** Runs a command as `npm run NAME -- FLAGS` does. */
export const runCommand = async (command: Command, flags: readonly string[], environment?: Record<string, string>) =>
  runProgram(process.execPath, [await program(`cli/${command}.ts`), ...flags], environment);

/**
 * The embedded database with the stack's tables on a data folder, or in memory.
 * @param hosts names that it answers to, besides the loopback ones
 */
export async function withTable<T>(
  data: string | undefined,
  use: (endpoint: string, ids: () => Promise<string[]>, client: DynamoDBDocumentClient) => Promise<T>,
  hosts: readonly string[] = [],
): Promise<T> {
  const database = await openDatabase(data, 0, { origins: localOrigins(hosts) });
  await createTables(synthesizedTemplate(), database.endpoint);
  const client = DynamoDBDocumentClient.from(localClient(database.endpoint));
  const ids = async () => {
    const found: string[] = [];
    for await (const page of paginateScan({ client }, { TableName: sessionTables().sessions })) {
      found.push(...(page.Items ?? []).map(({ sessionId }) => sessionId));
    }
    return found;
  };
  try {
    return await use(database.endpoint, ids, client);
  } finally {
    client.destroy();
    await database.close();
  }
}
