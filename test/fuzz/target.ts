import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, ListTablesCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { LOCAL_CREDENTIALS, localClient } from '../../local/database';
import type { FuzzOptions } from './fuzzer';

const ROOT = join(__dirname, '..', '..');
const FUZZED_TABLE = 'fuzzed';

/** A local run as a process of its own, which keeps nothing. */
export interface FuzzTarget extends Pick<FuzzOptions, 'ports' | 'target'> {
  /** What the process wrote to its terminal as errors. */
  readonly complaints: () => string;
  /** Whether both ports answer as they should. */
  readonly answers: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

/** @param assembly the synthesized stack */
export async function startTarget(assembly: string): Promise<FuzzTarget> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/main.ts', '--memory', '--assembly', assembly], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', DYNAMODB_PORT: '0', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  while (!said.out.includes('Stop with Ctrl-C.')) {
    if (!isAlive(child)) throw new Error(`The local run ended: ${said.err}`);
    await sleep(20);
  }
  const apiUrl = new URL(/API +(\S+)/.exec(said.out)?.[1] ?? '');
  const endpoint = /DynamoDB +(\S+)/.exec(said.out)?.[1] ?? '';
  const ruleName = /events\/(\S+)/.exec(said.out)?.[1] ?? '';
  const client = localClient(endpoint);
  await createFuzzedTable();
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const tokens = await signIn();
  const functionKey = `FUNCTION${Buffer.from('aerotage-logout-dev').toString('hex')}`;
  return {
    ports: { api: Number(apiUrl.port), database: Number(new URL(endpoint).port) },
    target: {
      stagePath: apiUrl.pathname,
      tables: [FUZZED_TABLE, FUZZED_TABLE, FUZZED_TABLE, ...TableNames],
      tokens,
      accessKeys: [LOCAL_CREDENTIALS.accessKeyId, LOCAL_CREDENTIALS.accessKeyId, functionKey],
      ruleNames: [ruleName],
    },
    complaints: () => said.err,
    async answers() {
      if (!isAlive(child)) return false;
      const health = await fetch(`${apiUrl.origin}/_local/health`);
      // A mutated request may have deleted the table: then this is what the database is asked to do.
      await createFuzzedTable();
      return health.status === 200 && (await signIn()).length > 0;
    },
    async stop() {
      client.destroy();
      if (!isAlive(child)) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };

  async function createFuzzedTable(): Promise<void> {
    const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
    try {
      await client.send(
        new CreateTableCommand({
          TableName: FUZZED_TABLE,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: ['id', 'userId', 'createdAt'].map(attribute),
          GlobalSecondaryIndexes: [
            {
              IndexName: 'UserIndex',
              KeySchema: [
                { AttributeName: 'userId', KeyType: 'HASH' },
                { AttributeName: 'createdAt', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          ],
        }),
      );
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }

  async function signIn(): Promise<string[]> {
    const body = JSON.stringify({ username: 'fuzz', groups: ['admin'] });
    const answer = await fetch(`${apiUrl.origin}/_local/sign-in`, { method: 'POST', body });
    const { idToken, accessToken, refreshToken } = (await answer.json()) as Record<string, string>;
    return [idToken, accessToken, refreshToken].flatMap((token) => token ?? []);
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
