import type { Metered } from './meter';

/** The database requests and capacity units of one API request, including its authorizer's. */
export interface Taken {
  /** How many of each operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface Budget {
  readonly ours: Taken;
  /** Absent if the baseline does not have that case. */
  readonly baseline?: Taken;
}

const taken = (readUnits: number, writeUnits: number, requests: Taken['requests']): Taken => ({
  requests,
  readUnits,
  writeUnits,
});

/**
 * The budget of every route. `budgets.test.ts` meters the deployed bundles and fails if a route takes anything else, more
 * or less. `npm run bench:budgets` writes the budgets into docs/performance.md.
 */
export const BUDGETS = {
  'authorizer, activity recorded lately': {
    ours: taken(1, 0, { GetItem: 1 }),
    baseline: taken(0.5, 0, { Query: 1 }),
  },
  'authorizer, records activity': {
    ours: taken(1, 1, { GetItem: 1, UpdateItem: 1 }),
    baseline: taken(0.5, 2, { Query: 1, UpdateItem: 1 }),
  },
  'authorizer, session ended': {
    // Only a denial reads the mark too, and the session with it: it may have registered in between.
    ours: taken(5, 0, { GetItem: 1, TransactGetItems: 1 }),
    baseline: taken(0.5, 0, { Query: 1 }),
  },
  'authorizer, bad token': {
    ours: taken(0, 0, {}),
  },
  'authorizer, token without origin_jti, 5 sessions': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  'who the caller is': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  'list, 5 sessions': {
    ours: taken(6.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
    baseline: taken(1, 0, { Query: 2 }),
  },
  'list, 100 sessions': {
    ours: taken(102.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
    baseline: taken(12, 0, { Query: 2 }),
  },
  'list, 5 sessions of another user, by an admin': {
    ours: taken(6.5, 0, { GetItem: 1, Query: 1, BatchGetItem: 1 }),
  },
  'list of another user, refused (403)': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  'end one': {
    ours: taken(1, 2, { GetItem: 1, DeleteItem: 1 }),
    baseline: taken(1.5, 2, { Query: 2, GetItem: 1, DeleteItem: 1 }),
  },
  'end one, by an admin': {
    ours: taken(1, 2, { GetItem: 1, DeleteItem: 1 }),
  },
  'end one that does not exist (404)': {
    ours: taken(1, 1, { GetItem: 1, DeleteItem: 1 }),
    baseline: taken(1, 0, { Query: 1, GetItem: 1 }),
  },
  'end one of another user (404)': {
    ours: taken(1, 1, { GetItem: 1, DeleteItem: 1 }),
  },
  'end the current one (400)': {
    ours: taken(1, 0, { GetItem: 1 }),
    baseline: taken(1.5, 0, { Query: 2, GetItem: 1 }),
  },
  'end the 4 others': {
    ours: taken(1.5, 8, { GetItem: 1, Query: 1, DeleteItem: 4 }),
    baseline: taken(1, 8, { Query: 2, DeleteItem: 4 }),
  },
  'log out, no other session': {
    ours: taken(0.5, 2, { DeleteItem: 1, Query: 1 }),
    baseline: taken(1, 2, { Query: 2, DeleteItem: 1 }),
  },
  'log out, 4 others': {
    ours: taken(4.5, 2, { DeleteItem: 1, Query: 1, BatchGetItem: 1 }),
    baseline: taken(1, 2, { Query: 2, DeleteItem: 1 }),
  },
  'log out, 4 others, 2 of them ended': {
    ours: taken(4.5, 6, { DeleteItem: 3, Query: 1, BatchGetItem: 1 }),
    baseline: taken(1, 6, { Query: 2, DeleteItem: 3 }),
  },
  'log out again': {
    ours: taken(0.5, 3, { DeleteItem: 2, Query: 1, PutItem: 1 }),
  },
  'log out everywhere, 4 others': {
    ours: taken(1.5, 10, { GetItem: 1, Query: 1, DeleteItem: 5 }),
  },
  'find a user, by an admin': {
    ours: taken(1, 0, { GetItem: 1 }),
  },
  register: {
    ours: taken(0, 5, { TransactWriteItems: 1 }),
    baseline: taken(0.5, 2, { Query: 1, PutItem: 1 }),
  },
  'register again': {
    ours: taken(4, 4, { TransactWriteItems: 1, TransactGetItems: 1 }),
  },
} as const satisfies Readonly<Record<string, Budget>>;

export type Case = keyof typeof BUDGETS;

/** The sum of a case's calls. */
export function sumOf(calls: readonly Metered[]): Taken {
  const requests: Record<string, number> = {};
  for (const { operation } of calls) requests[operation] = (requests[operation] ?? 0) + 1;
  const sum = (of: (call: Metered) => number) => calls.reduce((total, call) => total + of(call), 0);
  return { requests, readUnits: sum((call) => call.readUnits), writeUnits: sum((call) => call.writeUnits) };
}

/** The number of all requests. */
export const countOf = ({ requests }: Taken): number => Object.values(requests).reduce((sum, each) => sum + each, 0);
