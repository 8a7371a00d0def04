import { factsOf, isOpen, type SignIn, wrongAnswer } from './facts';
import type { Operation, SessionLimit } from './history';
import { contradiction, type Fact, isLinearizable, isUncertain, type Step } from './life';
import { type CertainLife, certainLife, exceeded, mostPossible, possibleLife } from './limit';

export interface Violation {
  readonly what: string;
  readonly user?: string;
  readonly signIn?: string;
  /** The operations that contradict each other, and what each says of the sign-in. */
  readonly evidence: readonly { readonly fact?: Fact; readonly operation: Operation }[];
}

export interface Verdict {
  readonly operations: number;
  readonly users: number;
  readonly signIns: number;
  readonly violations: readonly Violation[];
}

/**
 * Decides from a history alone:
 * - whether every sign-in's operations can be put into an order in which it registers once, is live, ends and never
 *   comes back, each of them at a moment between its start and its end. This is exact.
 * - whether a user had more sessions than the stage's limit. Those are counted whose life is certain, so there is no
 *   false alarm.
 * - whether a limit refused or ended a session of a user who cannot have been full.
 */
export function checkHistory(unsorted: readonly Operation[]): Verdict {
  const operations = [...unsorted].sort((a, b) => a.start - b.start);
  const stages = new Map<string, Stage>();
  const violations = [...overlaps(operations)];
  for (const operation of operations) {
    const { stage: name, user, sessionLimit: limit, faults = 0 } = operation.arguments;
    const stage: Stage = stages.get(name) ?? {
      limit,
      starts: [],
      stops: [],
      scans: [],
      known: new Set(),
      users: new Map(),
    };
    stages.set(name, stage);
    if (operation.what === 'start') stage.starts.push({ at: operation.start, faults });
    if (operation.what === 'stop' && operation.end !== undefined) stage.stops.push(operation.end);
    if (operation.what === 'scan') stage.scans.push(operation);
    if (operation.what === 'sign-in') stage.known.add(operation.answer?.signIn);
    const wrong = wrongAnswer(operation, stage.limit);
    if (wrong) violations.push({ what: wrong, user, evidence: [{ operation }] });
    if (user === undefined) continue;
    const own = stage.users.get(user) ?? [];
    own.push(operation);
    stage.users.set(user, own);
  }

  let users = 0;
  let signIns = 0;
  for (const stage of stages.values()) {
    for (const scan of stage.scans) violations.push(...strangers(scan, stage.known));
    users += stage.users.size;
    for (const [user, own] of stage.users) {
      const checked = checkUser(user, own, stage);
      signIns += checked.signIns;
      violations.push(...checked.violations);
    }
  }
  return { operations: operations.length, users, signIns, violations };
}

interface Stage {
  readonly limit?: SessionLimit;
  /** When the local run's process was started, and the share of its database calls that failed from then on. */
  readonly starts: { readonly at: number; readonly faults: number }[];
  /** When the local run's process was certainly gone: nothing that it began before goes on after that. */
  readonly stops: number[];
  readonly scans: Operation[];
  readonly known: Set<string | undefined>;
  readonly users: Map<string, Operation[]>;
}

/** A sign-in and what there is to know of it. */
interface Life {
  readonly signIn: SignIn;
  readonly steps: Step[];
}

function checkUser(
  user: string,
  own: readonly Operation[],
  stage: Stage,
): { signIns: number; violations: Violation[] } {
  const violations: Violation[] = [];
  const lives = own.flatMap(({ what, start, answer }): Life[] => {
    const { signIn: id, signedInAt } = answer ?? {};
    if (what !== 'sign-in' || id === undefined || signedInAt === undefined) return [];
    return [{ signIn: { id, signedInAt, begun: start }, steps: [] }];
  });
  const known = new Set<string | undefined>(lives.map(({ signIn }) => signIn.id));
  for (const operation of own) violations.push(...strangers(operation, known));

  for (const { signIn, steps } of lives) {
    for (const operation of [...own, ...stage.scans]) {
      const until = lastEffect(operation, stage);
      if (until < signIn.begun) continue;
      for (const fact of factsOf(operation, signIn, isLossy(operation, stage))) {
        steps.push({ fact, operation, from: operation.start, until: isUncertain({ fact }) ? until : endOf(operation) });
      }
    }
  }

  const sound: Life[] = [];
  for (const life of lives) {
    const { signIn, steps } = life;
    const all = [...steps, ...endedForNewer(life, lives, stage.limit)];
    if (isLinearizable(all)) sound.push(life);
    else violations.push({ ...unexplained(all), user, signIn: signIn.id });
  }
  if (stage.limit) violations.push(...checkLimit(user, lives, sound, stage.limit));
  return { signIns: lives.length, violations };
}

/** Says what of a contradiction comes last. */
function unexplained(steps: readonly Step[]): Pick<Violation, 'what' | 'evidence'> {
  const evidence = contradiction(steps);
  const last = [...evidence].filter((step) => !isUncertain(step)).sort((a, b) => b.until - a.until)[0];
  return { what: `nothing explains the last of these facts: ${last?.fact}`, evidence };
}

/** What a limit may have ended by the registrations of the user's other sign-ins. */
function endedForNewer(
  life: Life,
  lives: readonly Life[],
  limit: SessionLimit | undefined,
  when: (registration: Step, by: Life) => boolean = () => true,
): Step[] {
  if (limit?.whenReached !== 'end-oldest') return [];
  return lives.flatMap((by) =>
    by === life
      ? []
      : registrationsOf(by)
          .filter((step) => when(step, by))
          .map((step) => ({ ...step, fact: 'may end' })),
  );
}

const registrationsOf = ({ steps }: Life) =>
  steps.filter(({ fact }) => fact === 'registered' || fact === 'may register');

/** Milliseconds. Closer together, it does not show which of two sessions is the older one. */
const CLOCK_GRAIN = 5;

/** Whether a session is certainly older than another, and was certainly still live after a registration. */
function outlives(older: Life, newer: Life, registration: Step): boolean {
  const [lived, began] = [certainLife(older.steps), possibleLife(newer.steps)];
  if (!lived || !began || older === newer) return false;
  return lived.from + CLOCK_GRAIN < began.from && lived.evidence.some(({ from }) => from > registration.until);
}

/** @param sound those that are linearizable; what the others tell of their life contradicts itself */
function checkLimit(user: string, lives: readonly Life[], sound: readonly Life[], limit: SessionLimit): Violation[] {
  const violations: Violation[] = [];
  const always = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  const possible = lives.map((life) => (sound.includes(life) ? possibleLife(life.steps) : always));
  const wasFull = (step: Step, by: Life) => {
    const others = possible.filter((_, index) => lives[index] !== by);
    return mostPossible(others, step) >= limit.most;
  };

  const certain: CertainLife[] = [];
  for (const life of sound) {
    const signIn = life.signIn.id;
    for (const step of life.steps) {
      if (step.fact !== 'full' || wasFull(step, life)) continue;
      const what = 'the limit refused a registration, but the user cannot have been full';
      violations.push({ what, user, signIn, evidence: [step] });
    }
    const mayEnd = (registration: Step, by: Life) =>
      wasFull(registration, by) && !sound.some((older) => outlives(older, life, registration));
    const all = [...life.steps, ...endedForNewer(life, lives, limit, mayEnd)];
    if (!isLinearizable(all)) {
      const what = 'the limit ended a session, but the user cannot have been full, or an older one was left';
      violations.push({ what, user, signIn, evidence: contradiction(all) });
    }
    const live = certainLife(all);
    if (live) certain.push(live);
  }

  const together = exceeded(certain, limit);
  if (together) {
    const what = `${together.length} sessions were live at once; ${limit.most} is the limit`;
    violations.push({ what, user, evidence: together.flatMap(({ evidence }) => evidence) });
  }
  return violations;
}

const endOf = ({ end }: Operation): number => end ?? Number.POSITIVE_INFINITY;

/** The last moment at which an operation can have an effect. */
function lastEffect(operation: Operation, { stops }: Stage): number {
  if (!isOpen(operation)) return endOf(operation);
  return Math.min(...stops.filter((stop) => stop > operation.start), Number.POSITIVE_INFINITY);
}

const isLossy = ({ start }: Operation, { starts }: Stage): boolean =>
  (starts.findLast(({ at }) => at <= start)?.faults ?? 0) > 0;

/** Sessions in an answer that belong to no sign-in there was. */
function strangers(operation: Operation, known: ReadonlySet<string | undefined>): Violation[] {
  const { user } = operation.arguments;
  const unknown = operation.answer?.ids?.filter((id) => !known.has(id)) ?? [];
  return unknown.map((id) => ({
    what: `${operation.what} names a session of nobody: ${id}`,
    user,
    evidence: [{ operation }],
  }));
}

/** A process does one thing at a time: else the history itself is wrong. */
function overlaps(operations: readonly Operation[]): Violation[] {
  const last = new Map<number, Operation>();
  return operations.flatMap((operation) => {
    const before = last.get(operation.process);
    last.set(operation.process, operation);
    if (!before || endOf(before) <= operation.start) return [];
    const evidence = [{ operation: before }, { operation }];
    return [{ what: 'the history is wrong: a process did two things at once', evidence }];
  });
}
