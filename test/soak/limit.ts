import type { SessionLimit } from './history';
import { type Fact, isEnding, type Step } from './life';

/** A time on the history's clock: from, until. */
export interface Interval {
  readonly from: number;
  readonly until: number;
}

const earliest = (times: readonly number[]) => Math.min(...times, Number.POSITIVE_INFINITY);
const among = (steps: readonly Step[], ...facts: Fact[]) => steps.filter(({ fact }) => facts.includes(fact));

/** Shows that the session is live at some moment of its interval. */
const proofsOfLife = (steps: readonly Step[]) => {
  // A session that is over can be ended too.
  const neverIdle = among(steps, 'made idle', 'may make idle', 'may mark and end').length === 0;
  return among(steps, 'registered', 'present', ...(neverIdle ? (['ended'] as const) : []));
};

export interface CertainLife extends Interval {
  /** Its first and its last proof of life. */
  readonly evidence: readonly Step[];
}

/**
 * When a session was live for certain. A session lives once: it is live between any two moments at which it is live,
 * and from then until the first moment at which anything can have ended it.
 */
export function certainLife(steps: readonly Step[]): CertainLife | undefined {
  const proofs = proofsOfLife(steps);
  const [first] = [...proofs].sort((a, b) => a.until - b.until);
  const [last] = [...proofs].sort((a, b) => b.from - a.from);
  if (!first || !last) return undefined;
  // What was done before a proof of life did not end it.
  const endings = steps.filter((step) => isEnding(step) && step.until >= last.from);
  const until = Math.max(earliest(endings.map((step) => step.from)), last.from);
  return until > first.until ? { from: first.until, until, evidence: [first, last] } : undefined;
}

/** When a session may have been live: at no other time was it. */
export function possibleLife(steps: readonly Step[]): Interval | undefined {
  const from = earliest(among(steps, 'registered', 'may register', 'present').map((step) => step.from));
  if (from === Number.POSITIVE_INFINITY) return undefined;
  const surelyBegun = earliest(proofsOfLife(steps).map(({ until }) => until));
  const over = [
    ...among(steps, 'ended', 'made idle', 'has ended'),
    // These tell of an end only if it was live before.
    ...among(steps, 'absent', 'closed', 'ended if there', 'ended or closed').filter((step) => step.from > surelyBegun),
  ];
  return { from, until: earliest(over.map(({ until }) => until)) };
}

/** The sessions at the first moment at which more than the limit were live for certain. */
export function exceeded(lives: readonly CertainLife[], { most }: SessionLimit): CertainLife[] | undefined {
  const moments = lives.map(({ from }) => from).sort((a, b) => a - b);
  return moments
    .map((moment) => lives.filter(({ from, until }) => from <= moment && moment < until))
    .find((live) => live.length > most);
}

/** The most sessions that may have been live at one moment of an interval. */
export function mostPossible(lives: readonly (Interval | undefined)[], { from, until }: Interval): number {
  const moments = [
    from,
    ...lives.flatMap((life) => (life && life.from > from && life.from <= until ? [life.from] : [])),
  ];
  const count = (moment: number) => lives.filter((life) => life && life.from <= moment && moment <= life.until).length;
  return Math.max(...moments.map(count));
}
