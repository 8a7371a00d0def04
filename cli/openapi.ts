import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFlags, runCommand } from '../local/command';
import { openApiDocument } from './openapi-document';

const FILE = join(__dirname, '..', 'docs', 'openapi.json');

/** `npm run openapi`: writes the description of the API. */
runCommand(async () => {
  readFlags('Usage: npm run openapi\n  Writes docs/openapi.json from the routes and schemas of the code.', {});
  writeFileSync(FILE, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
  console.log('docs/openapi.json is written.');
});
