import { connect } from 'node:net';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { currentAssembly } from '../local/assembly';
import { createTables, LOCAL_CREDENTIALS, openDatabase } from '../local/database';
import { LOOPBACK } from '../local/server';
import { dataFolder, portFrom } from '../local/settings';
import { sessionsTableOf } from '../local/stack';
import { REGION, resolveTemplate } from '../local/template';

/** A table, and how to reach it. */
export interface TableAccess {
  readonly tableName: string;
  readonly client: DynamoDBClientConfig;
  readonly close: () => Promise<void>;
}

/** The local sessions table: through the local run when that is up, else by opening its data folder. */
export async function openLocalTable(): Promise<TableAccess> {
  const assembly = await currentAssembly();
  const tableName = sessionsTableOf(assembly);
  const port = portFrom('DYNAMODB_PORT');
  if (port !== 0 && (await answers(port))) {
    return { tableName, client: localAccess(`http://${LOOPBACK}:${port}`), close: async () => undefined };
  }
  const database = await openDatabase(dataFolder(), 0);
  await createTables(resolveTemplate(assembly, { issuer: '' }), database.endpoint);
  return { tableName, client: localAccess(database.endpoint), close: database.close };
}

export const localAccess = (endpoint: string): DynamoDBClientConfig => ({
  endpoint,
  region: REGION,
  credentials: LOCAL_CREDENTIALS,
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    const done = (outcome: boolean) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}
