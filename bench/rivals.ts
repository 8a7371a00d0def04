import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join(__dirname, 'rivals');
const run = promisify(execFile);

export const BETTER_AUTH = join(FOLDER, 'better-auth.mjs');

/** What of the rivals can be measured here. */
export interface Rivals {
  readonly betterAuth: boolean;
  readonly sqlite: boolean;
  /** A sentence for what cannot be, and why. */
  readonly missing?: string;
}

/** Installs the rivals where that was not done yet. They are no part of the project: only the bench has them. */
export async function installRivals(): Promise<Rivals> {
  try {
    if (!existsSync(join(FOLDER, 'node_modules'))) await npm('ci', '--ignore-scripts');
  } catch (error) {
    return { betterAuth: false, sqlite: false, missing: `better-auth is skipped: ${reason(error)}` };
  }
  try {
    // Its native part is built, or fetched, by its own install script, which npm runs only when it is asked to.
    if (!(await sqliteLoads())) await npm('rebuild', 'better-sqlite3');
    if (!(await sqliteLoads())) throw new Error('it cannot be loaded after it was built.');
    return { betterAuth: true, sqlite: true };
  } catch (error) {
    return { betterAuth: true, sqlite: false, missing: `better-auth on better-sqlite3 is skipped: ${reason(error)}` };
  }
}

const npm = (...command: string[]) => run('npm', command, { cwd: FOLDER });

const sqliteLoads = (): Promise<boolean> =>
  run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:')"], { cwd: FOLDER }).then(
    () => true,
    () => false,
  );

/** The first line that says something. */
const reason = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? '').split('\n').find((line) => /err/i.test(line)) ?? message;
};
