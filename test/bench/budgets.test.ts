import { readFileSync } from 'node:fs';
import { BUDGETS, budgetSection, type Case, sumOf } from '../../bench/budgets';
import { PERFORMANCE, withSection } from '../../bench/document';
import { Meter, type Metered } from '../../bench/meter';
import { meterIncumbent } from '../../bench/metered-incumbent';
import { meterCase } from '../../bench/metered-routes';
import { localClient } from '../../local/database';
import type { LocalStack } from '../../local/stack';
import { startStack } from '../support/stack';

let stack: LocalStack;
let meter: Meter;
let incumbents: Map<Case, Metered[]>;

beforeAll(async () => {
  meter = new Meter(() => localClient(stack.databaseEndpoint));
  stack = await startStack({ watch: meter.watch });
  incumbents = await meterIncumbent();
}, 60_000);
afterAll(() => stack.close());

describe('the requests and the units of each route, as deployed, are those of its budget:', () => {
  it.each(Object.keys(BUDGETS) as Case[])('%s', async (name) => {
    expect(sumOf(await meterCase(stack, meter, name))).toEqual(BUDGETS[name].ours);
  });
});

describe('the incumbent’s are those that it is compared with:', () => {
  const shared = Object.entries(BUDGETS).flatMap(([name, budget]) =>
    'incumbent' in budget ? [[name as Case, budget.incumbent] as const] : [],
  );
  it.each(shared)('%s', (name, budget) => {
    expect(sumOf(incumbents.get(name) ?? [])).toEqual(budget);
  });
});

it('docs/performance.md says what the budgets say', () => {
  const document = readFileSync(PERFORMANCE, 'utf8');
  expect(withSection(document, 'bench:budgets', budgetSection(BUDGETS))).toBe(document);
});
