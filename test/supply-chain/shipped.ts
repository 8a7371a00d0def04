import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** A package of which something is in a bundle. */
export interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly in: readonly string[];
}

/** What is bundled: the functions, the console, and the client that a frontend imports. */
const entries = (): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    readdirSync(join(ROOT, 'lambda'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file.replace(/\.ts$/, ''), join('lambda', file)]),
  ),
  client: join('client', 'index.ts'),
  console: join('console', 'src', 'main.ts'),
});

/** The folder of the package that a bundled file is from; undefined for our own. */
const packageFolder = (file: string): string | undefined => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/** The packages that are in the bundles, by what the bundler says of them. */
export async function shippedPackages(): Promise<Shipped[]> {
  const bundlesOf = new Map<string, Set<string>>();
  for (const [bundle, entry] of Object.entries(entries())) {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      platform: bundle === 'console' || bundle === 'client' ? 'browser' : 'node',
      mainFields: ['module', 'main'],
      loader: { '.css': 'empty', '.svg': 'empty' },
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
    for (const folder of files.map(packageFolder)) {
      if (folder) bundlesOf.set(folder, (bundlesOf.get(folder) ?? new Set()).add(bundle));
    }
  }
  const shipped = [...bundlesOf].map(([folder, bundles]) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    return { name, version, license: String(license), in: [...bundles].sort() };
  });
  return shipped.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const LICENCES_FILE = join(ROOT, 'docs', 'security', 'licences.md');

/** The list as a document. */
export function licencesDocument(shipped: readonly Shipped[]): string {
  const everywhere = [...new Set(shipped.flatMap((one) => one.in))].sort().join(', ');
  const rows = shipped.map(({ name, version, license, in: bundles }) => {
    const where = bundles.join(', ') === everywhere ? 'every function' : bundles.join(', ');
    return `| ${name} | ${version} | ${license} | ${where} |`;
  });
  return [
    '# Licences of what ships',
    '',
    'Every package of which something is in a bundle: the functions, the console, the client. Written by',
    '`npm run licences`; a test fails when it is not up to date, or when a licence is not on its list.',
    '',
    '| package | version | licence | in |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
