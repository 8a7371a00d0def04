import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** A project of one file, with our linter's configuration. */
const project = mkdtempSync(join(tmpdir(), 'boundaries-'));
copyFileSync(join(ROOT, 'biome.json'), join(project, 'biome.json'));
afterAll(() => rmSync(project, { recursive: true }));

/** Whether the linter refuses what a file imports. */
function isRefused(file: string, imported: string): boolean {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), `import * as what from '${imported}';\n\nexport default what;\n`);
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', file], { cwd: project });
  const said = `${stdout}${stderr}`;
  if (!said.includes('Checked 1 file')) throw new Error(said);
  return said.includes('noRestrictedImports');
}

describe('The linter', () => {
  test.each([
    ['client/x.ts', '../lambda/http/session-view'],
    ['client/x.ts', '../console/src/words'],
    ['client/x.ts', '@aws-sdk/client-dynamodb'],
    ['client/x.ts', 'node:crypto'],
    ['console/src/x.ts', '../../lambda/http/device'],
    ['console/src/x.ts', '../../local/stack'],
    ['console/src/x.ts', '../../client/transport'],
    ['console/src/x.ts', 'lit'],
  ])('keeps %s from importing %s', (file, imported) => {
    expect(isRefused(file, imported)).toBe(true);
  });

  test.each([
    ['client/x.ts', './types'],
    ['console/src/x.ts', './words'],
    ['console/src/x.ts', '../../client'],
  ])('lets %s import %s', (file, imported) => {
    expect(isRefused(file, imported)).toBe(false);
  });
});
