import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFlags, runCommand } from '../../command/command';
import { clientTypes } from './client-types';
import { openApiDocument } from './document';

const ROOT = join(__dirname, '..', '..');
const USAGE = `Usage: npm run openapi
  Writes docs/openapi.json from the routes and schemas of the code, and client/types.ts from that.`;

/** `npm run openapi`: writes the description of the API, and the client's types. */
runCommand(async () => {
  readFlags(USAGE, {});
  const document = openApiDocument();
  const files = [join(ROOT, 'docs', 'openapi.json'), join(ROOT, 'client', 'types.ts')] as const;
  writeFileSync(files[0], JSON.stringify(document));
  writeFileSync(files[1], clientTypes(document));
  // Not the shim in node_modules/.bin, which Windows cannot run.
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  execFileSync(process.execPath, [biome, 'format', '--write', ...files], { cwd: ROOT });
  console.log('docs/openapi.json and client/types.ts are written.');
});
