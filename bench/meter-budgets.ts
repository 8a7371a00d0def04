import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readAssembly, synthesize } from '../local/assembly';
import { readFlags, runCommand } from '../local/command';
import { localClient } from '../local/database';
import { Problem } from '../local/problem';
import { type LocalStack, startLocalStack } from '../local/stack';
import { BUDGETS, type Budget, budgetSection, type Case, sumOf } from './budgets';
import { writeSection } from './document';
import { Meter } from './meter';
import { meterIncumbent } from './metered-incumbent';
import { meterCase } from './metered-routes';

const USAGE = `Usage: npm run bench:budgets
Meters what each route takes of the database, and writes the table in docs/performance.md.
Where that is not what bench/budgets.ts says, it says so and ends with 1.`;

/** `npm run bench:budgets`: the budgets as they are, beside as they should be. */
runCommand(async () => {
  readFlags(USAGE, {});
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-budgets-'));
  await synthesize(folder);
  const meter: Meter = new Meter(() => localClient(stack.databaseEndpoint));
  const stack: LocalStack = await startLocalStack({
    assembly: readAssembly(folder),
    port: 0,
    databasePort: 0,
    watch: meter.watch,
  });
  const metered: Record<string, Budget> = {};
  try {
    const incumbents = await meterIncumbent();
    for (const name of Object.keys(BUDGETS) as Case[]) {
      const incumbent = incumbents.get(name);
      const ours = sumOf(await meterCase(stack, meter, name));
      metered[name] = { ours, ...(incumbent && { incumbent: sumOf(incumbent) }) };
    }
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  }
  writeSection('bench:budgets', budgetSection(metered));
  console.log('docs/performance.md is written.');
  const off = (Object.keys(BUDGETS) as Case[]).filter((name) => !isDeepStrictEqual(metered[name], BUDGETS[name]));
  for (const name of off) console.error(`${name}: ${JSON.stringify(metered[name])}`);
  if (off.length > 0) throw new Problem('These are not what bench/budgets.ts says. Change the code, or the budgets.');
});
