import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['bin', 'cli', 'client', 'console/src', 'lambda', 'lib', 'local'];

it('nothing starts a shim of node_modules/.bin, which Windows cannot run', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)),
  ).filter((file) => /\.(ts|mjs|cjs)$/.test(file));
  expect(files.length).toBeGreaterThan(100);
  const starting = files.filter((file) => /['"/]\.bin['"/]/.test(readFileSync(file, 'utf8').replace(/\/\/.*/g, '')));
  expect(starting).toEqual([]);
});
