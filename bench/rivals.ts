import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join(__dirname, 'rivals');
const run = promisify(execFile);

export const BETTER_AUTH = join(FOLDER, 'better-auth.mjs');

/** Which of the rivals can be measured here. */
export interface Rivals {
  readonly betterAuth: boolean;
  readonly sqlite: boolean;
  /** A sentence that says what is missing, and why. */
  readonly missing?: string;
}

/** Installs the rivals if that has not been done. They are not part of the project: only the bench has them. */
export async function installRivals(): Promise<Rivals> {
  const isThere = existsSync(join(FOLDER, 'node_modules'));
  const notInstalled = isThere ? undefined : await failureOf(npm('ci', '--ignore-scripts'));
  if (notInstalled) return { betterAuth: false, sqlite: false, missing: `better-auth is skipped: ${notInstalled}` };
  // Its native part comes from its install script, which was skipped above.
  if (await sqliteFailure()) await failureOf(npm('rebuild', 'better-sqlite3'));
  const notLoaded = await sqliteFailure();
  const missing = notLoaded && `better-auth on better-sqlite3 is skipped: ${notLoaded}`;
  return { betterAuth: true, sqlite: !notLoaded, missing };
}

const npm = (...command: string[]) => run('npm', command, { cwd: FOLDER });

const sqliteFailure = () =>
  failureOf(run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:')"], { cwd: FOLDER }));

/** @returns the first line of a failure that says something */
const failureOf = (running: Promise<unknown>): Promise<string | undefined> =>
  running.then(
    () => undefined,
    ({ stderr = '', message }) => stderr.split('\n').find((line: string) => /err/i.test(line)) ?? message,
  );
