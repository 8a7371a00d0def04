import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** What a database says about itself: at its own address, and in the data folder that it has open. */
export interface DatabaseIdentity {
  /** Of this start. */
  readonly id: string;
  /** A command opens a database for as long as it takes; others cannot rely on it. */
  readonly openedBy: 'run' | 'command';
  /** The checkout of the project. */
  readonly project: string;
  /** The data folder; absent for a database in memory. */
  readonly folder?: string;
  /** The sessions table of the stage that runs. */
  readonly sessionsTable?: string;
}

/** Where a database says who it is. No operation of DynamoDB is a GET. */
export const IDENTITY_PATH = '/_local/database';

const PROJECT = realpathSync(join(__dirname, '..'));
const ANSWER_MS = 2_000;

export const newIdentity = (
  folder: string | undefined,
  about: Pick<DatabaseIdentity, 'openedBy' | 'sessionsTable'>,
): DatabaseIdentity => ({
  id: randomUUID(),
  project: PROJECT,
  ...about,
  ...(folder && { folder: realpathSync(folder) }),
});

const fileIn = (folder: string) => join(folder, 'database.json');

/** Writes down where the database of a folder is served. Only who has the folder open may call it. */
export function announce(folder: string, identity: DatabaseIdentity, endpoint: string): void {
  const file = fileIn(folder);
  // Renamed into its place: nobody reads half of it.
  writeFileSync(`${file}.new`, JSON.stringify({ ...identity, endpoint }));
  renameSync(`${file}.new`, file);
}

export const withdraw = (folder: string): void => rmSync(fileIn(folder), { force: true });

/** Whether a process has the folder's database open. The lock dies with its process, so it is never stale. */
export async function isInUse(folder: string): Promise<boolean> {
  const path = join(folder, 'dynamodb');
  if (!existsSync(join(path, 'LOCK'))) return false;
  const probe = new ClassicLevel(path, { createIfMissing: false });
  try {
    await probe.open();
    return false;
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED';
  } finally {
    await probe.close();
  }
}

/**
 * The database that has the folder open, if its file says where it is and if it is that one which answers there.
 * @returns its endpoint and who it is
 */
export async function databaseOf(folder: string): Promise<(DatabaseIdentity & { endpoint: string }) | undefined> {
  let announced: DatabaseIdentity & { endpoint: string };
  try {
    announced = JSON.parse(readFileSync(fileIn(folder), 'utf8'));
  } catch {
    return undefined;
  }
  const answered = await identityAt(announced.endpoint);
  return answered?.id === announced.id ? announced : undefined;
}

/** Who a database is, if one of this project answers at the endpoint. Nothing but a GET is sent there. */
export async function identityAt(endpoint: string): Promise<DatabaseIdentity | undefined> {
  try {
    const response = await fetch(`${endpoint}${IDENTITY_PATH}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'error',
    });
    const identity = (await response.json()) as DatabaseIdentity;
    return identity?.project === PROJECT && typeof identity.id === 'string' ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two paths are the same folder. A folder that is gone is none. */
export function isSameFolder(path: string, other: string | undefined): boolean {
  return other !== undefined && (existsSync(path) ? realpathSync(path) : resolve(path)) === other;
}
