import type { Answer, Arguments, Operation, SessionLimit, What } from './history';

const STAGE = 'simulated';
const USER = 'somebody';
export const SIGN_INS = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Seconds between two sign-ins: an event from outside can then lie between them. */
const SIGNED_IN_AT = (signIn: string) => SIGN_INS.indexOf(signIn) * 10;

type State = 'never' | 'live' | 'over' | 'ended';

/** A store in memory that does everything as it should, each operation at one moment. */
export class Model {
  protected readonly states = new Map<string, State>();
  /** Those that are live, the first registered first. */
  protected live: string[] = [];

  constructor(protected readonly limit?: SessionLimit) {}

  apply(what: What, { signIn = '', target = '', eventTime }: Partial<Arguments>): Answer {
    switch (what) {
      case 'register':
        return this.register(signIn);
      case 'log-out':
        return this.logOut(signIn);
      case 'outside-end':
        this.endFromOutside(eventTime?.latest ?? 0);
        return { status: 200 };
      case 'make-idle':
        return this.makeIdle(target);
      case 'cleanup':
        this.cleanUp();
        return { status: 200 };
      case 'stop':
        this.stop();
        return { status: 200 };
      default: {
        if (!this.accepts(signIn)) return this.denied(signIn);
        if (what === 'list') return { status: 200, ids: this.listed(), more: false };
        if (what === 'end-others') return this.endOthers(signIn);
        return this.endOne(signIn, target);
      }
    }
  }

  protected stateOf(signIn: string): State {
    return this.states.get(signIn) ?? 'never';
  }

  protected register(signIn: string): Answer {
    const state = this.stateOf(signIn);
    if (state === 'live') return { status: 200 };
    if (state !== 'never') return this.denied(signIn);
    const most = this.most();
    if (this.live.length >= most && this.limit?.whenReached === 'deny')
      return { status: 409, code: 'SESSION_LIMIT_EXCEEDED' };
    for (const oldest of this.live.slice(0, Math.max(0, this.live.length - most + 1))) this.end(oldest);
    this.states.set(signIn, 'live');
    this.live.push(signIn);
    return { status: 201 };
  }

  protected most(): number {
    return this.limit?.most ?? Number.POSITIVE_INFINITY;
  }

  protected accepts(signIn: string): boolean {
    return this.stateOf(signIn) === 'live';
  }

  protected denied(signIn: string): Answer {
    const reason = this.stateOf(signIn) === 'never' ? 'never-registered' : 'ended';
    return { status: 401, code: 'SESSION_ENDED', reason };
  }

  protected listed(): string[] {
    return [...this.live].sort();
  }

  protected endOne(signIn: string, target: string): Answer {
    if (signIn === target) return { status: 400 };
    return { status: this.end(target) ? 200 : 404 };
  }

  /** @returns whether its item was there */
  protected end(signIn: string): boolean {
    const was = this.stateOf(signIn);
    if (was !== 'live' && was !== 'over') return false;
    this.states.set(signIn, 'ended');
    this.live = this.live.filter((one) => one !== signIn);
    return true;
  }

  protected endOthers(signIn: string): Answer {
    const ids = SIGN_INS.filter((one) => one !== signIn && this.end(one));
    return { status: 200, ids };
  }

  protected logOut(signIn: string): Answer {
    if (this.end(signIn)) return { status: 200, ids: [signIn] };
    this.states.set(signIn, 'ended');
    return { status: 200 };
  }

  protected endFromOutside(time: number): void {
    for (const signIn of SIGN_INS) if (SIGNED_IN_AT(signIn) <= time) this.end(signIn);
  }

  protected makeIdle(target: string): Answer {
    const was = this.stateOf(target);
    if (was !== 'live' && was !== 'over') return { status: 404 };
    this.states.set(target, 'over');
    this.live = this.live.filter((one) => one !== target);
    return { status: 200 };
  }

  protected cleanUp(): void {
    for (const signIn of SIGN_INS) if (this.stateOf(signIn) === 'over') this.end(signIn);
  }

  /** The process is killed and started again. */
  protected stop(): void {}
}

/** Milliseconds. */
const UNIT = 10;

/** What a process is to do, and when, in units of time. */
export interface Planned {
  readonly process: number;
  readonly what: What;
  readonly signIn: string;
  readonly target: string;
  /** Of an event from outside: between which sign-ins. */
  readonly eventTime: number;
  readonly wait: number;
  /** From the start to the effect, and from there to the answer. */
  readonly before: number;
  readonly after: number;
  /** Whether an answer comes, and a definite one; without it, whether there is an effect. */
  readonly fate: 'answered' | 'try again' | 'carried out' | 'lost';
}

const argumentsOf = ({ what, signIn, target, eventTime: time }: Planned): Arguments => ({
  stage: STAGE,
  ...(what !== 'cleanup' && what !== 'stop' && { user: USER }),
  ...(what === 'outside-end' && { eventTime: { earliest: time, latest: time } }),
  ...(what === 'make-idle' && { target }),
  ...(what === 'end' && { target }),
  ...(!['outside-end', 'make-idle', 'cleanup', 'stop'].includes(what) && { signIn }),
});

/** What is not asked of the API has no answer that says to try again. */
const isPatient = ({ fate, what }: Planned) =>
  fate === 'answered' || (fate === 'try again' && what !== 'cleanup' && what !== 'make-idle');

/** The history of many processes at once. Each operation has its effect at one moment between its start and its end. */
export function simulate(model: Model, plan: readonly Planned[], limit?: SessionLimit, faults = 0): Operation[] {
  const clocks = new Map<number, number>();
  const timed = plan.map((planned) => {
    const start = (clocks.get(planned.process) ?? UNIT) + (planned.wait + 1) * UNIT;
    const effect = start + planned.before * UNIT;
    // When the answer to a stop is there, nothing of before goes on.
    const end = planned.what === 'stop' ? effect : effect + planned.after * UNIT;
    // Where no answer comes, somebody else goes on at once.
    clocks.set(planned.process, isPatient(planned) ? end : start);
    return { planned, start, effect, end };
  });
  // A stop takes with it what is in flight.
  const stops = timed.filter(({ planned }) => planned.what === 'stop').map(({ effect }) => effect);
  let processes = 0;
  const numbers = new Map<number, number>();
  const numberOf = (process: number, isLast: boolean) => {
    const number = numbers.get(process) ?? processes++;
    if (isLast) numbers.delete(process);
    else numbers.set(process, number);
    return number;
  };
  const cut = timed.map((one) => ({ ...one, isCut: stops.some((stop) => one.start < stop && stop < one.end) }));
  const isAnswered = ({ planned, isCut }: (typeof cut)[number]) =>
    planned.what === 'stop' || (isPatient(planned) && !isCut);
  const named = cut.map((one) => ({ ...one, process: numberOf(one.planned.process, !isAnswered(one)) }));
  const operations = [...named]
    .sort((a, b) => a.effect - b.effect)
    .flatMap((one, id): Operation[] => {
      const { planned, start, effect, end, process } = one;
      const args = argumentsOf(planned);
      const happens = planned.fate !== 'lost' && !stops.some((stop) => start < stop && stop < effect);
      const answer = happens || planned.what === 'stop' ? model.apply(planned.what, args) : undefined;
      const common = { id, process, start, what: planned.what, arguments: args };
      const failed = { status: planned.what === 'outside-end' ? 502 : 503, code: 'TRY_AGAIN' };
      return [isAnswered(one) ? { ...common, end, answer: planned.fate === 'try again' ? failed : answer } : common];
    });
  return [...beginning(limit, faults), ...operations];
}

/** The start of the stage, and the sign-ins. */
function beginning(limit: SessionLimit | undefined, faults: number): Operation[] {
  const stage = { stage: STAGE, faults, ...(limit && { sessionLimit: limit }) };
  const common = { start: 0, end: 1 };
  return [
    { ...common, id: -1, process: -1, what: 'start', arguments: stage, answer: { status: 200 } },
    ...SIGN_INS.map(
      (signIn, index): Operation => ({
        ...common,
        id: -2 - index,
        process: -2 - index,
        what: 'sign-in',
        arguments: { stage: STAGE, user: USER },
        answer: { status: 200, signIn, signedInAt: SIGNED_IN_AT(signIn) },
      }),
    ),
  ];
}

/** One thing after the other, and every answer arrives. */
export const inTurn = (plan: readonly Partial<Planned>[]): Planned[] =>
  plan.map((planned) => ({
    what: 'list',
    signIn: 'a',
    target: 'b',
    eventTime: 100,
    ...planned,
    process: 0,
    wait: 0,
    before: 1,
    after: 1,
    fate: 'answered',
  }));
