import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Those of the cleanup's command, with which a sweep is measured; a test compares the two. */
export const SWEEP_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=256'];

/** Bundles processes of the bench, as the functions are bundled, so that loading them costs little. */
export const bundle = (outdir: string, names: readonly string[]) =>
  build({
    entryPoints: names.map((name) => join(__dirname, `${name}.ts`)),
    outdir,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
  });

/**
 * Starts a process that answers one order at a time (`answerOrders`).
 * @param flags for Node.js; those of this process do not apply, since they load TypeScript
 */
export function startProcess(file: string, env: NodeJS.ProcessEnv = process.env, flags: readonly string[] = []) {
  const child = fork(file, { env, execArgv: [...flags], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    /** @throws an error if the process ends before it answers */
    async ask<Reply>(order: unknown): Promise<Reply> {
      const answered = new AbortController();
      const ended = once(child, 'exit', answered).then(([code]) => {
        throw new Error(`${file} ended with code ${code} before it answered.`);
      });
      const reply = once(child, 'message', answered);
      child.send(order as object);
      const [first] = await Promise.race([reply, ended]);
      answered.abort();
      return first;
    },
    /** Waits until the process is gone, so that its end is not measured with the next one. */
    async end(): Promise<void> {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
