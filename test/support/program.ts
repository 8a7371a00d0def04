import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

export const ROOT = join(__dirname, '..', '..');
const built = new Map<string, Promise<string>>();

/**
 * A program of this project in one file, which starts four times as fast as its sources: each of them is compiled when
 * it is loaded. Tests that start it as a person does run the sources.
 * @param entry from the project's folder, such as `cli/import.ts`
 * @returns what Node.js is started with
 */
export function program(entry: string): Promise<string> {
  const known = built.get(entry) ?? bundle(entry);
  built.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  // Below the packages, where it finds them.
  const folder = join(process.env.PROGRAMS ?? '', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${entry.replaceAll('/', '-')}.cjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    plugins: [
      {
        name: 'folders',
        setup: ({ onLoad }) =>
          // Each file still knows the folder that it is in.
          onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
            contents: `const __dirname = ${JSON.stringify(dirname(path))};\n${await readFile(path, 'utf8')}`,
            loader: 'ts',
          })),
      },
    ],
  });
  return relative(ROOT, outfile);
}
