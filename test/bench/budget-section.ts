import { isDeepStrictEqual } from 'node:util';
import { table } from '../../bench/report';
import { BUDGETS, type Budget, countOf } from './budgets';

const HEAD = ['case', 'requests', 'read units', 'write units', 'baseline’s requests'];

/** The section for docs/performance.md. */
export function budgetSection(): string {
  const rows = sharedRows().map(([names, { ours, baseline }]) => [
    names.join('; '),
    countOf(ours),
    ours.readUnits,
    ours.writeUnits,
    baseline ? countOf(baseline) : '',
  ]);
  return [
    '## What each request costs in DynamoDB',
    '**Decide from this** how many DynamoDB requests and units your traffic takes; [cost.md](cost.md) has the dollars. The figures are counted, with the authorizer’s, so they hold on any machine. `test/bench/budgets.ts` says which requests they are; a test fails if a case takes anything else. [Why not fewer?](decisions.md)',
    'The baseline (`bench/baseline-requests.ts`) is what a team would write from the examples. It finds the caller’s session by device and address, in an index that projects everything, and records no activity unless the case says so.',
    table(HEAD, rows),
  ].join('\n\n');
}

/** A case that the baseline lacks shares the row of an earlier case that takes the same. */
function sharedRows(): [string[], Budget][] {
  const rows: [string[], Budget][] = [];
  for (const [name, budget] of Object.entries<Budget>(BUDGETS)) {
    const same = budget.baseline ? undefined : rows.find(([, { ours }]) => isDeepStrictEqual(ours, budget.ours));
    if (same) same[0].push(name);
    else rows.push([[name], budget]);
  }
  return rows;
}
