import { readFileSync } from 'node:fs';
import { PERFORMANCE, withSection } from '../../bench/report';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { startStack } from '../support/stack';
import { budgetSection } from './budget-section';
import { BUDGETS, type Case, sumOf } from './budgets';
import { Meter, type Metered } from './meter';
import { meterBaseline } from './metered-baseline';
import { meterCase } from './metered-routes';

let stack: LocalStack;
let meter: Meter;
let baselines: Map<Case, Metered[]>;

beforeAll(async () => {
  meter = new Meter(() => localClient(stack.databaseEndpoint));
  stack = await startStack({ watch: meter.watch });
  baselines = await meterBaseline();
}, 60_000);
afterAll(() => stack.close());

describe('a route takes exactly the requests and units of its budget:', () => {
  it.each(Object.keys(BUDGETS) as Case[])('%s', async (name) => {
    expect(sumOf(await meterCase(stack, meter, name))).toEqual(BUDGETS[name].ours);
  });
});

describe('the baseline takes exactly the requests and units that ours are compared with:', () => {
  const shared = Object.entries(BUDGETS).flatMap(([name, budget]) =>
    'baseline' in budget ? [[name as Case, budget.baseline] as const] : [],
  );
  it.each(shared)('%s', (name, budget) => {
    expect(sumOf(baselines.get(name) ?? [])).toEqual(budget);
  });
});

it('docs/performance.md has the budgets (npm run bench:budgets writes them)', () => {
  const document = readFileSync(PERFORMANCE, 'utf8');
  expect(withSection(document, 'bench:budgets', budgetSection())).toBe(document);
});
