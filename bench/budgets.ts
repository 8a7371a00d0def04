import type { Metered } from './meter';

/** What one request of a client takes of the database, its authorizer included. */
export interface Taken {
  /** How many of each operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface Budget {
  readonly ours: Taken;
  /** Where its backend has that case. */
  readonly incumbent?: Taken;
}

const taken = (readUnits: number, writeUnits: number, requests: Taken['requests']): Taken => ({
  requests,
  readUnits,
  writeUnits,
});

/**
 * The budget of every route: exactly this is what the deployed bundles take, as the tests meter it, and what stands in
 * docs/performance.md. `npm run bench:budgets` meters anew.
 */
export const BUDGETS = {
  'authorizer, session used a moment ago': {
    ours: taken(1, 0, { GetItem: 1 }),
    incumbent: taken(0.5, 0, { Query: 1 }),
  },
  'authorizer, use to be recorded': {
    ours: taken(1, 1, { GetItem: 1, UpdateItem: 1 }),
    incumbent: taken(0.5, 2, { Query: 1, UpdateItem: 1 }),
  },
  'authorizer, session ended': {
    // Only a denial reads the mark too, and then looks for the session once more: it may have registered in between.
    ours: taken(3, 0, { GetItem: 3 }),
    incumbent: taken(0.5, 0, { Query: 1 }),
  },
  'authorizer, bad token': {
    ours: taken(0, 0, {}),
  },
  'authorizer, token without origin_jti, 5 sessions': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  'list, 5 sessions': {
    ours: taken(6.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
    incumbent: taken(1, 0, { Query: 2 }),
  },
  'list, 100 sessions': {
    ours: taken(102.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
    incumbent: taken(12, 0, { Query: 2 }),
  },
  'list, 5 sessions of another user, by an admin': {
    ours: taken(6.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
  },
  'list of another user, refused (403)': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  'end one': {
    ours: taken(1, 2, { GetItem: 1, DeleteItem: 1 }),
    incumbent: taken(1.5, 2, { Query: 2, GetItem: 1, DeleteItem: 1 }),
  },
  'end one, by an admin': {
    ours: taken(1, 2, { GetItem: 1, DeleteItem: 1 }),
  },
  'end one, which is not there (404)': {
    ours: taken(1, 1, { GetItem: 1, DeleteItem: 1 }),
    incumbent: taken(1, 0, { Query: 1, GetItem: 1 }),
  },
  'end one, which is another user’s (404)': {
    ours: taken(1, 1, { GetItem: 1, DeleteItem: 1 }),
  },
  'end one, the current one (400)': {
    ours: taken(1, 0, { GetItem: 1 }),
    incumbent: taken(1.5, 0, { Query: 2, GetItem: 1 }),
  },
  'end the 4 others': {
    ours: taken(1.5, 8, { GetItem: 1, Query: 1, DeleteItem: 4 }),
    incumbent: taken(1, 8, { Query: 2, DeleteItem: 4 }),
  },
  'log out, no other session': {
    ours: taken(0.5, 2, { DeleteItem: 1, Query: 1 }),
    incumbent: taken(1, 2, { Query: 2, DeleteItem: 1 }),
  },
  'log out, 4 others': {
    ours: taken(4.5, 2, { DeleteItem: 1, Query: 1, BatchGetItem: 1 }),
    incumbent: taken(1, 2, { Query: 2, DeleteItem: 1 }),
  },
  'log out, 4 others, 2 of them over': {
    ours: taken(4.5, 6, { DeleteItem: 3, Query: 1, BatchGetItem: 1 }),
    incumbent: taken(1, 6, { Query: 2, DeleteItem: 3 }),
  },
  'log out again': {
    ours: taken(0.5, 3, { DeleteItem: 2, Query: 1, PutItem: 1 }),
  },
  register: {
    ours: taken(0, 5, { TransactWriteItems: 1 }),
    incumbent: taken(0.5, 2, { Query: 1, PutItem: 1 }),
  },
  'register again': {
    ours: taken(4, 4, { TransactWriteItems: 1, TransactGetItems: 1 }),
  },
} as const satisfies Readonly<Record<string, Budget>>;

export type Case = keyof typeof BUDGETS;

/** Adds up a case's calls. */
export function sumOf(calls: readonly Metered[]): Taken {
  const requests: Record<string, number> = {};
  for (const { operation } of calls) requests[operation] = (requests[operation] ?? 0) + 1;
  const sum = (of: (call: Metered) => number) => calls.reduce((total, call) => total + of(call), 0);
  return { requests, readUnits: sum((call) => call.readUnits), writeUnits: sum((call) => call.writeUnits) };
}

/** All requests together. */
export const countOf = ({ requests }: Taken): number => Object.values(requests).reduce((sum, each) => sum + each, 0);

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];

/** The section for docs/performance.md. */
export function budgetSection(cases: Readonly<Record<string, Budget>>): string {
  const rows = Object.entries(cases).map(([name, { ours, incumbent }]) => [
    name,
    listed(ours),
    WRITES.reduce((sum, operation) => sum + (ours.requests[operation] ?? 0), 0),
    ours.readUnits,
    ours.writeUnits,
    ...(incumbent ? [listed(incumbent), incumbent.readUnits, incumbent.writeUnits] : ['', '', '']),
  ]);
  return [
    '## What a request takes of the database',
    '',
    'Each route with its authorizer, metered with `npm run bench:budgets`: the bundles as they are deployed, in the local run, their calls counted by name, their units computed by DynamoDB’s documented rules from the items that are there (the embedded database counts no index). `test/bench/budgets.test.ts` fails when a route takes anything else than stands here.',
    '',
    'The incumbent (`bench/incumbent-requests.ts`) tells the caller’s session by device and address among all the user’s sessions, from an index that projects everything. In its favour, it records a use only where that is the case, stores no token, and reads only what may be stale: half a unit where ours takes a whole one and an ended session is refused from the next request on. The list reads the sessions themselves and not their copies in the index, so that it never shows an ended one: that is its one request more.',
    '',
    ...[HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
    '',
    `Requests, against the incumbent’s. ${compared(cases)}`,
    '',
    'Fewer for every route it cannot be: the authorizer’s one read is the least as long as an ended session is refused from the next request on, and to end several sessions, one conditional delete each says truly how many there were. A list in two requests would be one whose function checks the caller’s session itself, in a second place and with the right to write; or one from an index that projects everything, which doubles the price of each recorded use and shows what has ended a moment ago. To register writes the session and the mark of its sign-in in one transaction: one request, at twice the units of two.',
  ].join('\n');
}

const HEAD = [
  'case',
  'requests',
  'of them writes',
  'read units',
  'write units',
  'the incumbent’s requests',
  'its read units',
  'its write units',
];

function listed(taken: Taken): string {
  const each = Object.entries(taken.requests).map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
  return each.length > 1 ? `${countOf(taken)}: ${each.join(' + ')}` : (each[0] ?? 'none');
}

function compared(cases: Readonly<Record<string, Budget>>): string {
  const where = (holds: (difference: number) => boolean) =>
    Object.entries(cases)
      .filter(([, { ours, incumbent }]) => incumbent && holds(countOf(ours) - countOf(incumbent)))
      .map(([name]) => name)
      .join('; ') || 'none';
  return `**Fewer:** ${where((d) => d < 0)}. **As many:** ${where((d) => d === 0)}. **More:** ${where((d) => d > 0)}.`;
}
