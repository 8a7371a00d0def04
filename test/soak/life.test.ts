import fc from 'fast-check';
import { rounds } from '../support/rounds';
import type { Operation } from './history';
import { contradiction, type Fact, isLinearizable, isUncertain, type Step } from './life';

const operation: Operation = { id: 0, process: 0, start: 0, what: 'list', arguments: { stage: 'test' } };
const step = (fact: Fact, from: number, until: number): Step => ({ fact, from, until, operation });
const inOrder = (...facts: Fact[]) => facts.map((fact, index) => step(fact, index * 2, index * 2 + 1));

const FACTS: Fact[] = [
  'registered',
  'present',
  'full',
  'never registered',
  'has ended',
  'absent',
  'stored',
  'ended',
  'ended if there',
  'closed',
  'ended or closed',
  'made idle',
  'may register',
  'may end',
  'may mark and end',
  'may close',
  'may make idle',
];

describe('a life is linearizable', () => {
  it.each<[string, Fact[]]>([
    ['that registers, is used and ends', ['never registered', 'registered', 'present', 'ended', 'has ended']],
    ['that is refused by a limit and registers later', ['full', 'registered', 'present']],
    ['that logs out before it registers', ['never registered', 'closed', 'has ended']],
    [
      'that becomes idle, is stored for a while, and is ended',
      ['registered', 'made idle', 'absent', 'stored', 'ended'],
    ],
    ['that an operation without an answer has registered', ['may register', 'present']],
    ['that an operation without an answer has not registered', ['may register', 'never registered', 'registered']],
    ['of which nothing is known', []],
  ])('%s', (_, facts) => {
    expect(isLinearizable(inOrder(...facts))).toBe(true);
  });
});

describe('a life is not linearizable', () => {
  it.each<[string, Fact[]]>([
    ['that registers twice', ['registered', 'registered']],
    ['that is used before it registers', ['present', 'registered']],
    ['that comes back after its end', ['registered', 'ended', 'present']],
    ['that registers again after its end', ['registered', 'ended', 'registered']],
    ['that registers after a logout', ['closed', 'registered']],
    ['that is gone without an end', ['registered', 'absent']],
    ['that ends twice', ['registered', 'ended', 'ended']],
    ['that is used after it became idle', ['registered', 'made idle', 'present']],
    ['that is said to have never registered after its end', ['registered', 'ended', 'never registered']],
    [
      'that comes back because an end that may have been took effect late',
      ['registered', 'may end', 'absent', 'present'],
    ],
  ])('%s', (_, facts) => {
    expect(isLinearizable(inOrder(...facts))).toBe(false);
  });
});

it('operations that overlap may have happened in either order', () => {
  expect(isLinearizable([step('registered', 0, 10), step('present', 0, 4), step('never registered', 5, 10)])).toBe(
    false,
  );
  expect(isLinearizable([step('registered', 0, 10), step('present', 5, 10), step('never registered', 0, 5)])).toBe(
    true,
  );
});

it('an operation without an answer has no effect once its process is gone', () => {
  const facts = (until: number) => [
    ...inOrder('registered'),
    step('may end', 2, until),
    step('present', 10, 11),
    step('has ended', 12, 13),
  ];
  expect(isLinearizable(facts(Number.POSITIVE_INFINITY))).toBe(true);
  expect(isLinearizable(facts(10))).toBe(true);
  expect(isLinearizable(facts(9))).toBe(false);
});

const anyStep = fc
  .record({ fact: fc.constantFrom(...FACTS), from: fc.nat(8), length: fc.nat(6), isOpen: fc.boolean() })
  .map(({ fact, from, length, isOpen }) =>
    step(fact, from, isOpen && isUncertain({ fact }) ? Number.POSITIVE_INFINITY : from + length),
  );

it('the search decides like one that tries every order', () => {
  let linearizable = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 6 }), (steps) => {
      const expected = someOrderWorks(steps, 'never');
      if (expected) linearizable++;
      expect(isLinearizable(steps)).toBe(expected);
    }),
    { numRuns: rounds(2_000) },
  );
  expect(linearizable).toBeGreaterThan(rounds(50));
});

it('a contradiction is not linearizable itself, and without any one of its facts it is', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 2, maxLength: 7 }), (steps) => {
      fc.pre(!isLinearizable(steps));
      const core = contradiction(steps);
      expect(isLinearizable(core)).toBe(false);
      const observations = core.filter(({ fact }) =>
        ['present', 'full', 'absent', 'stored', 'has ended', 'never registered'].includes(fact),
      );
      for (const one of observations) expect(isLinearizable(core.filter((other) => other !== one))).toBe(true);
    }),
    { numRuns: rounds(200) },
  );
});

type State = 'never' | 'live' | 'over' | 'ended';

/** What the facts mean, once more and told otherwise: the states before, and the state after where it is another. */
const MEANING: Readonly<Record<Fact, [before: State[], after?: State]>> = {
  registered: [['never'], 'live'],
  present: [['live']],
  full: [['never']],
  'never registered': [['never']],
  'has ended': [['over', 'ended']],
  absent: [['never', 'over', 'ended']],
  stored: [['live', 'over']],
  ended: [['live', 'over'], 'ended'],
  'ended if there': [['live', 'over', 'ended', 'never'], 'ended'],
  closed: [['never', 'over', 'ended'], 'ended'],
  'ended or closed': [['never', 'live', 'over', 'ended'], 'ended'],
  'made idle': [['live', 'over'], 'over'],
  'may register': [['never'], 'live'],
  'may end': [['live', 'over'], 'ended'],
  'may mark and end': [['live', 'over'], 'over'],
  'may close': [['never', 'live', 'over'], 'ended'],
  'may make idle': [['live'], 'over'],
};

function someOrderWorks(rest: readonly Step[], state: State): boolean {
  if (rest.every(isUncertain)) return true;
  return rest.some((one) => {
    const others = rest.filter((other) => other !== one);
    // Something else must have happened before this one began.
    if (others.some(({ until }) => until < one.from)) return false;
    if (isUncertain(one) && someOrderWorks(others, state)) return true;
    const [before, after = state] = MEANING[one.fact];
    if (!before.includes(state)) return false;
    return someOrderWorks(others, one.fact === 'ended if there' && state === 'never' ? 'never' : after);
  });
}
