import { writeSection } from '../../bench/report';
import { readFlags, runCommand } from '../../command/command';
import { budgetSection } from './budget-section';

const USAGE = `Usage: npm run bench:budgets
Writes the budgets of test/bench/budgets.ts into docs/performance.md. To meter the routes against them, run
npx jest test/bench/budgets.test.ts`;

/** `npm run bench:budgets` */
runCommand(async () => {
  readFlags(USAGE, {});
  writeSection('bench:budgets', budgetSection());
  console.log('docs/performance.md has the budgets of test/bench/budgets.ts.');
});
