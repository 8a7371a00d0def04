import { execFile } from 'node:child_process';
import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { synthesize } from '../local/assembly';

const ROOT = join(__dirname, '..');

/** The same code in three forms. */
export const VARIANTS = ['unbundled', 'bundled', 'with code cache'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Variants {
  /** The folder of the synthesized stack. */
  readonly assembly: string;
  /** @param entry the function's file in `lambda/`, without its ending */
  readonly fileOf: (variant: Variant, entry: string, asset: string) => string;
  /** Of all that is loaded at a start: the bundle, and the code cache where there is one. */
  readonly bytesOf: (variant: 'bundled' | 'with code cache', asset: string) => number;
  /** The process that measures. */
  readonly firstProcess: string;
}

/**
 * Makes all forms of all functions.
 * @param folder below the project's, so that what is not bundled finds its packages
 */
export async function makeVariants(folder: string): Promise<Variants> {
  const assembly = join(folder, 'assembly');
  const cached = join(folder, 'cached');
  await synthesize(assembly);
  for (const asset of readdirSync(assembly).filter((name) => name.startsWith('asset.'))) {
    cpSync(join(assembly, asset), join(cached, asset), { recursive: true });
    const command = ['--hash-seed=1', join(ROOT, 'lib', 'code-cache.cjs'), join(cached, asset), process.arch];
    await promisify(execFile)(process.execPath, command);
  }
  await compile(folder, [join(ROOT, 'lambda', '**', '*.ts'), join(__dirname, 'first-process.ts')]);

  const cachedAsset = (asset: string) => asset.replace(assembly, cached);
  return {
    assembly,
    firstProcess: join(folder, 'bench', 'first-process.js'),
    fileOf(variant, entry, asset) {
      if (variant === 'unbundled') return join(folder, 'lambda', `${entry}.js`);
      return join(variant === 'bundled' ? asset : cachedAsset(asset), 'index.js');
    },
    bytesOf(variant, asset) {
      const loaded = variant === 'bundled' ? asset : cachedAsset(asset);
      return readdirSync(loaded).reduce((sum, file) => sum + statSync(join(loaded, file)).size, 0);
    },
  };
}

/** File by file, as the TypeScript compiler writes it: what is imported stays where it is. */
async function compile(folder: string, entryPoints: string[]): Promise<void> {
  await build({ entryPoints, outdir: folder, outbase: ROOT, format: 'cjs', platform: 'node', target: 'node20' });
}
