import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LICENCES_FILE, licencesDocument, type Shipped, shippedPackages } from './shipped';

const ROOT = join(__dirname, '..', '..');
const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

/** Licences that ask for nothing but their own text to be kept, and of data in the public domain. */
const ALLOWED = new Set(['Apache-2.0', 'MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'PDDL-1.0']);

let shipped: Shipped[];
beforeAll(async () => {
  shipped = await shippedPackages();
});

it('every dependency is named by an exact version', () => {
  const { dependencies, devDependencies, overrides = {} } = readJson('package.json');
  const all = Object.entries<string>({ ...dependencies, ...devDependencies, ...overrides });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

it('what ships has licences from the list, and is listed', () => {
  expect(shipped.length).toBeGreaterThan(10);
  expect(shipped.filter(({ license }) => !ALLOWED.has(license))).toEqual([]);
  expect(readFileSync(LICENCES_FILE, 'utf8')).toBe(licencesDocument(shipped));
});

it('what ships needs no script at its installation, and is locked with a check sum', () => {
  const { packages } = readJson('package-lock.json');
  for (const { name, version } of shipped) {
    const locked = Object.entries<any>(packages).filter(
      ([path, one]) => path.endsWith(`node_modules/${name}`) && one.version === version,
    );
    expect([name, locked.length]).not.toEqual([name, 0]);
    for (const [path, { hasInstallScript, integrity }] of locked) {
      expect([path, hasInstallScript, integrity]).toEqual([path, undefined, expect.stringMatching(/^sha512-/)]);
    }
  }
});

it('npm’s own bill of materials names all that ships, as required', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'sbom'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { bomFormat, components } = JSON.parse(stdout);
  const required = new Set(
    components.filter(({ scope }: any) => scope === 'required').map((one: any) => `${one.name}@${one.version}`),
  );
  expect(bomFormat).toBe('CycloneDX');
  expect(shipped.filter(({ name, version }) => !required.has(`${name}@${version}`))).toEqual([]);
});
