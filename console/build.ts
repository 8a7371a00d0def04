import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/**
 * Builds the console.
 * @param folder for the built files; it is emptied first. @default console/dist
 * @throws an error that says what was wrong with the sources
 */
export function buildConsole(folder?: string): void {
  // Not the shim in node_modules/.bin, which Windows cannot run.
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const output = folder === undefined ? [] : ['--outDir', folder, '--emptyOutDir'];
  try {
    const parameters = [vite, 'build', '--config', 'console/vite.config.mjs', ...output];
    execFileSync(process.execPath, parameters, { cwd: ROOT, stdio: 'pipe' });
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    throw new Error(`The console could not be built: ${stderr?.toString().trim() || message}`);
  }
}
