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
    '**What you can decide from this:** how many DynamoDB requests and capacity units your traffic will take; [What it costs](cost.md) turns them into dollars. These figures are exact and do not depend on the machine: they are counted, not timed. The units follow DynamoDB’s documented rules for the items that the local run stores, since its embedded database does not count indexes.',
    'Each case includes the authorizer. `test/bench/budgets.test.ts` sends the requests to the deployed bundles in the local run and fails if a route takes anything other than this table says. `npm run bench:budgets` writes the table.',
    'The baseline (`bench/baseline-requests.ts`) is a session backend as a team would write it from the examples. It finds the caller’s session by device and address among all the user’s sessions, in an index that projects everything. In its favour, it records activity only in the case that says so, stores no token, and reads eventually consistent data at half a unit. Ours pays a whole unit, so that an ended session is refused from the next request on.',
    table(HEAD, rows),
    `Number of requests, compared with the baseline. **Fewer:** ${compared((difference) => difference < 0)}. **As many:** ${compared((difference) => difference === 0)}. **More:** ${compared((difference) => difference > 0)}.`,
    'Why some routes do not take fewer requests: the authorizer needs one read per request, or an ended session would still be accepted. Ending several sessions takes one conditional delete for each, which says truly how many were ended. A list reads the sessions themselves and not their copies in the index, so that it never shows a session that has just ended. Registering is one transaction, which costs twice the units of two writes; for them, a sign-in registers exactly once.',
  ].join('\n\n');
}

/** Such as "2: GetItem + UpdateItem". */
function listed(taken: Taken): string {
  const each = Object.entries(taken.requests).map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
  return each.length > 1 ? `${countOf(taken)}: ${each.join(' + ')}` : (each[0] ?? 'none');
}
