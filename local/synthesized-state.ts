import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** All that the stack is made from. npm's own note in node_modules says which packages are there. */
const INPUTS = [
  'bin',
  'lib',
  'lambda',
  'client',
  'console/build.ts',
  'console/headers.ts',
  'console/index.html',
  'console/public',
  'console/src',
  'console/vite.config.mjs',
  'cdk.json',
  'cdk.context.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
];
/** What changes the outcome, and not only whether it is checked. */
const ENVIRONMENT = /^(CDK_(?!VALIDATION$)|CODE_CACHE_NODE$)/;
const STAMP = 'made-from.json';

/** @returns a hash of everything that the stack is synthesized from, by content */
export function hashInputs(root: string): string {
  const hash = createHash('sha256');
  const environment = Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name));
  hash.update(JSON.stringify([process.version, environment.sort()]));
  for (const input of INPUTS) add(hash, root, input);
  add(hash, homedir(), '.cdk.json');
  return hash.digest('hex');
}

/**
 * Whether a folder still holds what was synthesized from these inputs: nothing else has been synthesized into it since,
 * and nothing in it was changed or removed.
 */
export const isMadeFrom = (inputs: string, folder: string): boolean => stampOf(folder)?.inputs === inputs;

/** The same, whatever the sources are now. */
export const isUntouched = (folder: string): boolean => stampOf(folder) !== undefined;

/** @returns nothing if there is no stamp, or if it is not about what the folder holds */
function stampOf(folder: string): { inputs: string } | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, STAMP), 'utf8'));
    return stamp.outputs === hashOutputs(folder) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

export const writeStamp = (inputs: string, folder: string): void =>
  writeFileSync(join(folder, STAMP), JSON.stringify({ inputs, outputs: hashOutputs(folder) }));

export const removeStamp = (folder: string): void => rmSync(join(folder, STAMP), { force: true });

/** Of the templates and their assets. Assets of earlier syntheses lie in the same folder and do not count. */
function hashOutputs(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json') || name === STAMP) continue;
    add(hash, folder, name);
    if (!name.endsWith('.assets.json')) continue;
    const assets = new Set(readFileSync(join(folder, name), 'utf8').match(/asset\.[0-9a-f]{64}/g));
    for (const asset of [...assets].sort()) add(hash, folder, asset);
  }
  return hash.digest('hex');
}

/**
 * Adds a file, or all that is in a folder, by names and contents.
 * @param name from the folder `from`, which may be moved
 */
function add(hash: ReturnType<typeof createHash>, from: string, name: string): void {
  const path = join(from, name);
  if (!existsSync(path)) return void hash.update(`${name}\0none\0`);
  if (statSync(path).isDirectory()) {
    for (const inner of readdirSync(path).sort()) add(hash, from, `${name}/${inner}`);
    return;
  }
  const content = readFileSync(path);
  hash.update(`${name}\0${content.length}\0`).update(content);
}
