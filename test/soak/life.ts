import type { Operation } from './history';

/**
 * A sign-in's state. `over`: it has no live session any more, but the session's item may still be in the table; what
 * is allowed of an ended session is allowed of it too.
 */
type State = 'never' | 'live' | 'over' | 'ended';

/**
 * What one operation says about one sign-in, or did to it: the states in which it can happen, and the state after it.
 * In a state that is not listed it cannot happen.
 */
const MOVES = {
  registered: { never: 'live' },
  present: { live: 'live' },
  /** Not allowed to register because the user is full. */
  full: { never: 'never' },
  'never registered': { never: 'never' },
  'has ended': { over: 'over', ended: 'ended' },
  absent: { never: 'never', over: 'over', ended: 'ended' },
  stored: { live: 'live', over: 'over' },
  ended: { live: 'ended', over: 'ended' },
  /** By something that ends whatever it finds. */
  'ended if there': { never: 'never', live: 'ended', over: 'ended', ended: 'ended' },
  /** By a logout that found no session: the sign-in can no longer register. */
  closed: { never: 'ended', over: 'ended', ended: 'ended' },
  /** Or of which it is not known whether it found one. */
  'ended or closed': { never: 'ended', live: 'ended', over: 'ended', ended: 'ended' },
  'made idle': { live: 'over', over: 'over' },
} as const satisfies Record<string, Partial<Record<State, State>>>;

/** The effects of operations whose answer does not say whether they were carried out: they may also not happen. */
const UNCERTAIN_MOVES = {
  'may register': { never: 'live' },
  'may end': { live: 'ended', over: 'ended' },
  /** Two writes: it is marked first, and then deleted. */
  'may mark and end': { live: 'over', over: 'over' },
  'may close': { never: 'ended', live: 'ended', over: 'ended' },
  'may make idle': { live: 'over' },
} as const satisfies Record<string, Partial<Record<State, State>>>;

export type Fact = keyof typeof MOVES | keyof typeof UNCERTAIN_MOVES;

/** A part of a sign-in's history. It happens at one moment of its interval. */
export interface Step {
  readonly fact: Fact;
  readonly from: number;
  /** The last moment at which it can happen; Infinity if there is none. Finite for what certainly happened. */
  readonly until: number;
  readonly operation: Operation;
}

export const isUncertain = ({ fact }: Pick<Step, 'fact'>): boolean => fact in UNCERTAIN_MOVES;
const isObservation = (step: Step) => Object.entries(movesOf(step)).every(([before, after]) => before === after);
/** Whether it ends a session that is live. */
export const isEnding = (step: Step): boolean => (movesOf(step).live ?? 'live') !== 'live';
const movesOf = ({ fact }: Step): Partial<Record<State, State>> => ({ ...MOVES, ...UNCERTAIN_MOVES })[fact];

/**
 * Whether the steps can be put into an order in which each happens within its interval and in a state that allows it,
 * beginning with a sign-in that never registered. This is the search of Wing and Gong, with Lowe's memory of what
 * was tried, for one small state machine: exact, without guesses.
 */
export function isLinearizable(unsorted: readonly Step[]): boolean {
  const steps = [...unsorted].sort((a, b) => a.from - b.from);
  const places = new Map(steps.map((step, place) => [step, place]));
  const tried = new Set<string>();
  return search(steps, 'never');

  /** @param rest the steps that have not happened yet, by their start */
  function search(rest: readonly Step[], before: State): boolean {
    let remaining = rest;
    for (;;) {
      if (remaining.every(isUncertain)) return true;
      // What starts after this moment comes after something that must have happened by then.
      const bound = Math.min(...remaining.map(({ until }) => until));
      const possible = remaining.filter(({ from }) => from <= bound);
      // What never changes anything can go as soon as it may: every order that works still works after that.
      const harmless = new Set(possible.filter((step) => isObservation(step) && movesOf(step)[before] === before));
      if (harmless.size > 0) {
        remaining = remaining.filter((step) => !harmless.has(step));
        continue;
      }
      const key = `${before} ${remaining.map((step) => places.get(step)).join()}`;
      if (tried.has(key)) return false;
      tried.add(key);
      const without = (gone: Step) => remaining.filter((step) => step !== gone);
      const changes = possible.some((step) => {
        const after = movesOf(step)[before];
        return after !== undefined && !isObservation(step) && search(without(step), after);
      });
      if (changes) return true;
      // Or the one whose time is up never happened.
      const late = possible.find((step) => step.until === bound && isUncertain(step));
      if (!late) return false;
      remaining = without(late);
    }
  }
}

const WEAKER: Partial<Record<Fact, Fact>> = {
  registered: 'may register',
  ended: 'may end',
  'ended if there': 'may end',
  closed: 'may close',
  'ended or closed': 'may close',
  'made idle': 'may make idle',
};

/**
 * The core of a history that is not linearizable: as few certain steps as still contradict each other. What is not
 * needed is left out if it changes nothing; else it is kept as something that may have happened, so the core is no
 * accusation without its excuses.
 */
export function contradiction(steps: readonly Step[]): Step[] {
  // What came last is left out first, which leaves the earliest contradiction.
  const backwards = [...steps].sort((a, b) => b.from - a.from);
  let core = backwards;
  for (const step of backwards) {
    if (isUncertain(step)) continue;
    const weaker = WEAKER[step.fact];
    const others = core.filter((one) => one !== step);
    const attempt = weaker ? [...others, { ...step, fact: weaker, until: Number.POSITIVE_INFINITY }] : others;
    if (!isLinearizable(attempt)) core = attempt;
  }
  const last = Math.max(...core.filter((step) => !isUncertain(step)).map(({ until }) => until));
  return core.filter(({ from }) => from <= last).sort((a, b) => a.from - b.from);
}
