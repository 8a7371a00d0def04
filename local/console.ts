import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../command/problem';
import { buildConsole } from '../console/build';
import { HOME, PACKAGED } from './assembly';

const BUILT = join(HOME, 'console', 'dist');
/** What the console is built from. */
const SOURCES = [
  'console/index.html',
  'console/runbook.html',
  'console/vite.config.mjs',
  'console/public',
  'console/src',
  'client',
  'docs/runbook.md',
];

/**
 * Builds the console if that was never done, or if its sources have changed since.
 * @returns the folder of the built files
 */
export function builtConsole(): string {
  if (!PACKAGED && isStale()) {
    try {
      buildConsole();
    } catch (error) {
      throw new Problem((error as Error).message);
    }
  }
  return BUILT;
}

function isStale(): boolean {
  const built = join(BUILT, 'index.html');
  return !existsSync(built) || Math.max(...SOURCES.flatMap((source) => timesIn(join(HOME, source)))) > timeOf(built);
}

const timeOf = (path: string): number => statSync(path).mtimeMs;

/** The times of folders count, too: nothing else shows that a file was deleted. */
function timesIn(path: string): number[] {
  if (!statSync(path).isDirectory()) return [timeOf(path)];
  return [timeOf(path), ...readdirSync(path).flatMap((name) => timesIn(join(path, name)))];
}
