import { readFileSync, writeFileSync } from 'node:fs';
import { readFlags, runCommand } from '../command/command';
import { CONFIGURATION, withOptionTable } from './option-table';

/** `npm run options` */
runCommand(async () => {
  readFlags('Usage: npm run options\n  Writes the options of lib/options.ts into docs/configuration.md.', {});
  writeFileSync(CONFIGURATION, withOptionTable(readFileSync(CONFIGURATION, 'utf8')));
  console.log('docs/configuration.md has the options of lib/options.ts.');
});
