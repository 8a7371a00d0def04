import { table } from '../../bench/report';
import { BUDGETS, type Budget, countOf, type Taken } from './budgets';

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];
const HEAD = [
  'case',
  'requests',
  'of which writes',
  'read units',
  'write units',
  'baseline: requests',
  'baseline: read units',
  'baseline: write units',
];

/** The section for docs/performance.md. */
export function budgetSection(): string {
  const cases: [string, Budget][] = Object.entries(BUDGETS);
  const rows = cases.map(([name, { ours, baseline }]) => [
    name,
    listed(ours),
    WRITES.reduce((sum, operation) => sum + (ours.requests[operation] ?? 0), 0),
    ours.readUnits,
    ours.writeUnits,
    ...(baseline ? [listed(baseline), baseline.readUnits, baseline.writeUnits] : ['', '', '']),
  ]);
  const compared = (holds: (difference: number) => boolean) =>
    cases
      .filter(([, { ours, baseline }]) => baseline && holds(countOf(ours) - countOf(baseline)))
      .map(([name]) => name)
      .join('; ') || 'none';
  return [
    '## What each request costs in DynamoDB',
    '**What you can decide from this:** how many DynamoDB requests and units your traffic takes; [cost.md](cost.md) turns them into dollars. The figures are counted, not timed, so they hold on any machine. The units follow DynamoDB’s documented rules, since the embedded database does not count indexes.',
    'Each case includes the authorizer. `test/bench/budgets.test.ts` sends it to the bundles in the local run and fails if it takes anything else. `npm run bench:budgets` writes the table.',
    'The baseline (`bench/baseline-requests.ts`) is what a team would write from the examples. It finds the caller’s session by device and address among the user’s sessions, in an index that projects everything. In its favour, it records activity only in the case that says so, stores no token, and reads eventually consistent data at half a unit. We pay a whole unit, so that an ended session is refused at the next request.',
    table(HEAD, rows),
    `Number of requests, compared with the baseline. **Fewer:** ${compared((difference) => difference < 0)}. **As many:** ${compared((difference) => difference === 0)}. **More:** ${compared((difference) => difference > 0)}.`,
    'Why not fewer: without the authorizer’s read, an ended session would still be accepted. One conditional delete for each session tells how many were really ended. A list reads the sessions themselves, not their copies in the index, so that it never shows one that has just ended. Registering is one transaction, at twice the units of two writes, so that a sign-in registers exactly once.',
  ].join('\n\n');
}

/** Such as "2: GetItem + UpdateItem". */
function listed(taken: Taken): string {
  const each = Object.entries(taken.requests).map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
  return each.length > 1 ? `${countOf(taken)}: ${each.join(' + ')}` : (each[0] ?? 'none');
}
