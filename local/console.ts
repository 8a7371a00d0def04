import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from './problem';

const ROOT = join(__dirname, '..');
const BUILT = join(ROOT, 'console', 'dist');
/** What the console is built from. */
const SOURCES = ['console/index.html', 'console/vite.config.mjs', 'console/public', 'console/src', 'client'];

/**
 * Builds the console where that was never done, or something has changed since.
 * @returns the folder of the built files
 */
export async function builtConsole(): Promise<string> {
  if (isStale()) {
    // Not the shim in node_modules/.bin, which Windows cannot run.
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    try {
      await promisify(execFile)(process.execPath, [vite, 'build', '--config', 'console/vite.config.mjs'], {
        cwd: ROOT,
      });
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string };
      throw new Problem(`The console could not be built: ${stderr?.trim() || message}`);
    }
  }
  return BUILT;
}

function isStale(): boolean {
  const built = join(BUILT, 'index.html');
  return !existsSync(built) || Math.max(...SOURCES.flatMap((source) => timesIn(join(ROOT, source)))) > timeOf(built);
}

const timeOf = (path: string): number => statSync(path).mtimeMs;

/** Of a folder the folders too: a file that was deleted shows in nothing else. */
function timesIn(path: string): number[] {
  if (!statSync(path).isDirectory()) return [timeOf(path)];
  return [timeOf(path), ...readdirSync(path).flatMap((name) => timesIn(join(path, name)))];
}
