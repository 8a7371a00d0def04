import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { Problem } from '../command/problem';
import type { ConnectionOptions } from '../lambda/aws/connection';
import { type DatabaseIdentity, databaseOf, identityAt, isInUse, isSameFolder } from '../local/data-folder';
import { createTables, LOCAL_CREDENTIALS, openDatabase } from '../local/database';
import { currentAssembly } from '../local/own-part';
import { LOOPBACK } from '../local/server';
import { dataFolder, isSet, portFrom } from '../local/settings';
import { sessionsTableOf } from '../local/stack';
import { REGION, resolveTemplate } from '../local/template';

/** A table, and how to reach it. */
export interface TableAccess {
  readonly tableName: string;
  readonly client: DynamoDBClientConfig;
  /** Account, region and size, if the table is not on this machine. */
  readonly remote?: string;
  readonly close: () => Promise<void>;
}

type RunningDatabase = Pick<DatabaseIdentity, 'sessionsTable'> & { readonly endpoint: string };

/** A run that has just opened its folder needs a moment until it says where it is. */
const ASKED_TIMES = 20;
const ASKED_EVERY_MS = 250;

/** The local sessions table: through the database of this folder's run if there is one, else by opening the folder. */
export async function openLocalTable(): Promise<TableAccess> {
  const folder = dataFolder();
  const running = await runningDatabase(folder);
  if (running) {
    const tableName = running.sessionsTable ?? sessionsTableOf(await currentTemplate());
    return { tableName, client: localAccess(running.endpoint), close: async () => undefined };
  }
  const template = await currentTemplate();
  const tableName = sessionsTableOf(template);
  const database = await openDatabase(folder, 0, { openedBy: 'command' });
  await createTables(template, database.endpoint);
  return { tableName, client: localAccess(database.endpoint), close: database.close };
}

/** Nobody signs in here: the issuer does not matter. */
const currentTemplate = async () => resolveTemplate(await currentAssembly(), { issuer: '' });

export const localAccess = (endpoint: string): ConnectionOptions & DynamoDBClientConfig => ({
  endpoint,
  region: REGION,
  credentials: LOCAL_CREDENTIALS,
});

/**
 * Finds the run whose data is meant. A port alone says nothing: whatever listens there may be another project's.
 * `DYNAMODB_PORT` counts before the folder only if it is set and `DATA_DIR` is not; without a folder in use, it names a
 * run in memory.
 * @returns undefined if the folder is to be opened
 * @throws a problem if the folder is in use and its database cannot be found
 */
async function runningDatabase(folder: string): Promise<RunningDatabase | undefined> {
  const port = portFrom('DYNAMODB_PORT');
  const endpoint = `http://${LOOPBACK}:${port}`;
  const onPort = port === 0 ? undefined : await identityAt(endpoint);
  const named = isSet('DYNAMODB_PORT') && !isSet('DATA_DIR');
  if (onPort?.openedBy === 'run' && named) return { ...onPort, endpoint };

  for (let asked = 0; await isInUse(folder); asked++) {
    const found = await databaseOf(folder);
    if (found?.openedBy === 'run') return found;
    if (found)
      throw new Problem(`Another command is using ${folder}. Wait until it has ended, and run this one again.`);
    if (asked >= ASKED_TIMES) {
      throw new Problem(
        `${folder} is in use by a process that does not say where its database is. Stop it, or set DATA_DIR to the folder that you mean.`,
      );
    }
    await sleep(ASKED_EVERY_MS);
  }
  if (onPort?.openedBy !== 'run') return undefined;
  if (!onPort.folder) {
    console.error(`Using the local run on port ${port}, which keeps its data in memory only.`);
    return { ...onPort, endpoint };
  }
  if (isSameFolder(folder, onPort.folder)) {
    throw new Problem(
      `The local run on port ${port} still uses the folder ${folder}, which has been deleted or replaced since. Stop that run and start it again.`,
    );
  }
  return undefined;
}
