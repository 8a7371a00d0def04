import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { rounds } from '../support/rounds';
import { checkHistory } from './check-history';
import {
  type Answer,
  type Arguments,
  NotSent,
  type Operation,
  Recorder,
  readHistory,
  type SessionLimit,
  type What,
} from './history';
import { inTurn, Model, type Planned, SIGN_INS, simulate } from './simulation';

const DENY: SessionLimit = { most: 3, whenReached: 'deny' };
const END_OLDEST: SessionLimit = { most: 3, whenReached: 'end-oldest' };

const violations = (operations: readonly Operation[]) => checkHistory(operations).violations.map(({ what }) => what);

const WHATS: What[] = ['register', 'list', 'end', 'end-others', 'log-out', 'outside-end', 'make-idle', 'cleanup'];
const planned = fc.record<Planned>({
  process: fc.nat(3),
  // Registered and listed more often than ended.
  what: fc.constantFrom('register', 'register', 'register', 'list', 'list', ...WHATS),
  signIn: fc.constantFrom(...SIGN_INS),
  target: fc.constantFrom(...SIGN_INS),
  eventTime: fc.nat(60),
  wait: fc.nat(3),
  before: fc.nat(6),
  after: fc.nat(6),
  fate: fc.constantFrom('answered', 'answered', 'answered', 'answered', 'try again', 'carried out', 'lost'),
});
const stop: Planned = {
  process: 9,
  what: 'stop',
  signIn: 'a',
  target: 'a',
  eventTime: 0,
  wait: 20,
  before: 1,
  after: 0,
  fate: 'answered',
};
const concurrent = fc.array(planned, { maxLength: 40 }).map((plan) => [...plan, stop]);
const sequential = fc.array(planned, { maxLength: 25 }).map(inTurn);
/** An idle session's item may be deleted at any time, so more than one answer is right. */
const definite = sequential.map((plan) => plan.filter(({ what }) => what !== 'make-idle'));

describe.each<[string, SessionLimit | undefined]>([
  ['without a limit', undefined],
  ['with a limit that denies', DENY],
  ['with a limit that ends the oldest', END_OLDEST],
])('a store that does everything right, %s,', (_, limit) => {
  it('is never accused, whatever happens at once, is lost or comes late', () => {
    fc.assert(
      fc.property(concurrent, (plan) => {
        expect(violations(simulate(new Model(limit), plan, limit))).toEqual([]);
      }),
      { numRuns: rounds(300) },
    );
  });

  it('is never accused one thing after the other', () => {
    fc.assert(
      fc.property(sequential, (plan) => {
        expect(violations(simulate(new Model(limit), plan, limit))).toEqual([]);
      }),
      { numRuns: rounds(200) },
    );
  });
});

/** Stores that break one promise each, and what to do until it shows. */
const BROKEN: Readonly<
  Record<string, { store: new (limit?: SessionLimit) => Model; limit?: SessionLimit; plan: Partial<Planned>[] }>
> = {
  'the mark of a sign-in is forgotten with its session': {
    store: class extends Model {
      protected override register(signIn: string) {
        if (this.stateOf(signIn) === 'ended') this.states.delete(signIn);
        return super.register(signIn);
      }
    },
    plan: [{ what: 'register' }, { what: 'log-out' }, { what: 'register' }],
  },
  'a registration answers 201 twice': {
    store: class extends Model {
      protected override register(signIn: string) {
        const answer = super.register(signIn);
        return answer.status === 200 ? { status: 201 } : answer;
      }
    },
    plan: [{ what: 'register' }, { what: 'register' }],
  },
  'a registration answers 200 and does nothing': {
    store: class extends Model {
      protected override register(signIn: string) {
        return this.stateOf(signIn) === 'never' ? { status: 200 } : super.register(signIn);
      }
    },
    plan: [{ what: 'register' }],
  },
  'an ended session comes back at its next use': {
    store: class extends Model {
      protected override accepts(signIn: string) {
        if (this.stateOf(signIn) === 'ended') {
          this.states.set(signIn, 'live');
          this.live.push(signIn);
        }
        return super.accepts(signIn);
      }
    },
    plan: [{ what: 'register' }, { what: 'log-out' }, { what: 'list' }],
  },
  'an end is acknowledged and not done': {
    store: class extends Model {
      protected override endOne(_: string, target: string): Answer {
        return { status: this.stateOf(target) === 'live' ? 200 : 404 };
      }
    },
    plan: [
      { what: 'register' },
      { what: 'register', signIn: 'b' },
      { what: 'end', target: 'b' },
      { what: 'list', signIn: 'b' },
    ],
  },
  'an end is done and answered with 404': {
    store: class extends Model {
      protected override endOne(signIn: string, target: string) {
        super.endOne(signIn, target);
        return { status: 404 };
      }
    },
    plan: [{ what: 'register' }, { what: 'register', signIn: 'b' }, { what: 'end', target: 'b' }],
  },
  'a session is read that has just ended': {
    store: class extends Model {
      private before = new Set<string>();
      override apply(what: What, args: Partial<Arguments>) {
        const live = new Set(this.live);
        const answer = super.apply(what, args);
        this.before = live;
        return answer;
      }
      protected override accepts(signIn: string) {
        return super.accepts(signIn) || this.before.has(signIn);
      }
    },
    plan: [{ what: 'register' }, { what: 'log-out' }, { what: 'list' }],
  },
  'an ended session is listed': {
    store: class extends Model {
      protected override listed() {
        return SIGN_INS.filter((one) => this.stateOf(one) === 'live' || this.stateOf(one) === 'over');
      }
    },
    plan: [
      { what: 'register' },
      { what: 'register', signIn: 'b' },
      { what: 'make-idle', target: 'b' },
      { what: 'list' },
    ],
  },
  'a live session is not listed': {
    store: class extends Model {
      protected override listed() {
        return super.listed().slice(1);
      }
    },
    plan: [{ what: 'register' }, { what: 'list' }],
  },
  'ending the others ends the caller’s too': {
    store: class extends Model {
      protected override endOthers(signIn: string) {
        const answer = super.endOthers(signIn);
        this.end(signIn);
        return answer;
      }
    },
    plan: [{ what: 'register' }, { what: 'end-others' }, { what: 'list' }],
  },
  'ending the others spares one': {
    store: class extends Model {
      protected override endOthers(signIn: string) {
        const spared = this.live.find((one) => one !== signIn);
        return { status: 200, ids: SIGN_INS.filter((one) => one !== signIn && one !== spared && this.end(one)) };
      }
    },
    plan: [{ what: 'register' }, { what: 'register', signIn: 'b' }, { what: 'end-others' }],
  },
  'a logout before the registration leaves the sign-in open': {
    store: class extends Model {
      protected override logOut(signIn: string) {
        return this.stateOf(signIn) === 'never' ? { status: 200 } : super.logOut(signIn);
      }
    },
    plan: [{ what: 'log-out' }, { what: 'register' }],
  },
  'a logout ends another session': {
    store: class extends Model {
      protected override logOut(signIn: string) {
        const answer = super.logOut(signIn);
        if (!answer.ids && this.live[0]) this.end(this.live[0]);
        return answer;
      }
    },
    plan: [
      { what: 'register' },
      { what: 'register', signIn: 'b' },
      { what: 'log-out', signIn: 'b' },
      { what: 'log-out', signIn: 'b' },
      { what: 'list' },
    ],
  },
  'a late event ends a newer sign-in': {
    store: class extends Model {
      protected override endFromOutside() {
        super.endFromOutside(Number.POSITIVE_INFINITY);
      }
    },
    plan: [
      { what: 'register', signIn: 'c' },
      { what: 'outside-end', eventTime: 19 },
      { what: 'list', signIn: 'c' },
    ],
  },
  'an event spares an older sign-in': {
    store: class extends Model {
      protected override endFromOutside(time: number) {
        super.endFromOutside(time - 1);
      }
    },
    plan: [
      { what: 'register', signIn: 'c' },
      { what: 'outside-end', eventTime: 20 },
      { what: 'list', signIn: 'c' },
    ],
  },
  'the cleanup deletes a live session': {
    store: class extends Model {
      protected override cleanUp() {
        super.cleanUp();
        if (this.live[0]) this.end(this.live[0]);
      }
    },
    plan: [{ what: 'register' }, { what: 'cleanup' }, { what: 'list' }],
  },
  'an idle session is used': {
    store: class extends Model {
      protected override accepts(signIn: string) {
        return super.accepts(signIn) || this.stateOf(signIn) === 'over';
      }
    },
    plan: [{ what: 'register' }, { what: 'make-idle', target: 'a' }, { what: 'list' }],
  },
  'an ended sign-in is said to have never registered': {
    store: class extends Model {
      protected override denied(signIn: string) {
        return { ...super.denied(signIn), reason: 'never-registered' };
      }
    },
    plan: [{ what: 'register' }, { what: 'log-out' }, { what: 'list' }],
  },
  'what was acknowledged is lost when the process is killed': {
    store: class extends Model {
      protected override stop() {
        const last = this.live.pop();
        if (last) this.states.delete(last);
      }
    },
    plan: [{ what: 'register' }, { what: 'stop' }, { what: 'list' }],
  },
  'what was ended is back after the process was killed': {
    store: class extends Model {
      protected override stop() {
        for (const [signIn, state] of this.states) {
          if (state !== 'ended') continue;
          this.states.set(signIn, 'live');
          this.live.push(signIn);
        }
      }
    },
    plan: [{ what: 'register' }, { what: 'log-out' }, { what: 'stop' }, { what: 'list' }],
  },
  'the limit is exceeded by one': {
    store: class extends Model {
      protected override most() {
        return super.most() + 1;
      }
    },
    limit: DENY,
    plan: SIGN_INS.slice(0, 4).map((signIn) => ({ what: 'register', signIn })),
  },
  'the limit ends the oldest one too late': {
    store: class extends Model {
      protected override most() {
        return super.most() + 1;
      }
    },
    limit: END_OLDEST,
    plan: [
      ...SIGN_INS.slice(0, 4).map((signIn) => ({ what: 'register' as const, signIn })),
      { what: 'list', signIn: 'd' },
    ],
  },
  'the limit refuses one too early': {
    store: class extends Model {
      protected override most() {
        return super.most() - 1;
      }
    },
    limit: DENY,
    plan: SIGN_INS.slice(0, 3).map((signIn) => ({ what: 'register', signIn })),
  },
  'the limit ends one too early': {
    store: class extends Model {
      protected override most() {
        return super.most() - 1;
      }
    },
    limit: END_OLDEST,
    plan: [
      ...SIGN_INS.slice(0, 3).map((signIn) => ({ what: 'register' as const, signIn })),
      { what: 'list', signIn: 'c' },
    ],
  },
  'the limit refuses where it should end': {
    store: class extends Model {
      protected override register(signIn: string): Answer {
        return this.live.length >= 3 ? { status: 409, code: 'SESSION_LIMIT_EXCEEDED' } : super.register(signIn);
      }
    },
    limit: END_OLDEST,
    plan: SIGN_INS.slice(0, 4).map((signIn) => ({ what: 'register', signIn })),
  },
};

describe.each(Object.entries(BROKEN))('a store in which %s', (_, { store, limit, plan }) => {
  it('is caught by the shortest history that shows it; a right one with the same plan is not accused', () => {
    expect(violations(simulate(new Model(limit), inTurn(plan), limit))).toEqual([]);
    expect(violations(simulate(new store(limit), inTurn(plan), limit))).not.toEqual([]);
  });

  // Which session a limit ended shows only later.
  if (limit?.whenReached === 'end-oldest') return;

  it('is caught as soon as any answer differs from the right one', () => {
    fc.assert(
      fc.property(plan.some(({ what }) => what === 'make-idle') ? sequential : definite, (plan) => {
        const right = simulate(new Model(limit), plan, limit);
        const broken = simulate(new store(limit), plan, limit);
        const differs = JSON.stringify(right) !== JSON.stringify(broken);
        expect(violations(broken).length > 0).toBe(differs);
      }),
      { numRuns: rounds(200) },
    );
  });
});

describe('a store whose deletes are sent again when their answer was lost, and then find nothing,', () => {
  class Forgetful extends Model {
    protected override endOne(signIn: string, target: string): Answer {
      const answer = super.endOne(signIn, target);
      return answer.status === 200 ? { status: 404 } : answer;
    }
    protected override endOthers(signIn: string): Answer {
      return { ...super.endOthers(signIn), ids: [] };
    }
    protected override logOut(signIn: string): Answer {
      return { ...super.logOut(signIn), ids: undefined };
    }
  }

  it('is never accused while calls of the database fail', () => {
    fc.assert(
      fc.property(concurrent, (plan) => {
        expect(violations(simulate(new Forgetful(), plan, undefined, 0.05))).toEqual([]);
      }),
      { numRuns: rounds(300) },
    );
  });

  it('is caught while none fails', () => {
    for (const plan of [
      [{ what: 'register' }, { what: 'log-out' }],
      [{ what: 'register' }, { what: 'register', signIn: 'b' }, { what: 'end' }],
      [{ what: 'register' }, { what: 'register', signIn: 'b' }, { what: 'end-others' }],
    ] satisfies Partial<Planned>[][]) {
      expect(violations(simulate(new Forgetful(), inTurn(plan)))).not.toEqual([]);
    }
  });
});

describe('a right history of which one answer was changed', () => {
  const OTHER: Partial<Record<What, number[]>> = {
    register: [200, 201, 401, 409],
    list: [200, 401],
    end: [200, 401, 404],
    'end-others': [200, 401],
    'log-out': [200],
  };

  it.each<[string, SessionLimit | undefined]>([
    ['without a limit', undefined],
    ['with a limit', DENY],
  ])('is rejected, %s', (_, limit) => {
    fc.assert(
      fc.property(definite, fc.nat(), fc.nat(), (plan, at, choice) => {
        const history = simulate(new Model(limit), plan, limit);
        const changeable = history.filter(
          ({ what, arguments: { signIn, target } }) => OTHER[what] && signIn !== target,
        );
        const one = changeable[at % Math.max(1, changeable.length)];
        fc.pre(one?.answer !== undefined);
        const changes = changesOf(one as Operation, OTHER[(one as Operation).what] ?? []);
        fc.pre(changes.length > 0);
        const answer = changes[choice % changes.length];
        const changed = history.map((operation) => (operation === one ? { ...operation, answer } : operation));
        expect(violations(changed)).not.toEqual([]);
      }),
      { numRuns: rounds(300) },
    );
  });

  /** Other answers: another status, or one session more or less. */
  function changesOf({ what, arguments: { signIn = '' }, answer }: Operation, statuses: readonly number[]): Answer[] {
    const { status = 0, ids = [] } = answer ?? {};
    const others = statuses.filter((other) => other !== status).map((other) => answerOf(other, what));
    if (status !== 200 || !['list', 'end-others'].includes(what)) return others;
    const more = SIGN_INS.filter((one) => one !== signIn && !ids.includes(one)).map((one) => [...ids, one]);
    const less = ids.map((id) => ids.filter((one) => one !== id));
    return [...others, ...[...more, ...less].map((ids) => ({ status, ids }))];
  }

  const answerOf = (status: number, what: What): Answer => ({
    status,
    ...(status === 401 && { code: 'SESSION_ENDED', reason: 'ended' }),
    ...(status === 200 && (what === 'list' || what === 'end-others') && { ids: [] }),
  });
});

describe('whatever the state of any session,', () => {
  const plan = inTurn([{ what: 'register' }, { what: 'list' }]);
  const withAnswer = (answer: Answer, what: What = 'list') =>
    simulate(new Model(), plan).map((operation) => (operation.what === what ? { ...operation, answer } : operation));

  it.each<[string, Answer]>([
    ['an error that tells nothing', { status: 500 }],
    ['a 503 without a code', { status: 503 }],
    ['an ended session without a reason', { status: 401, code: 'SESSION_ENDED' }],
    ['a good token that is refused', { status: 401, code: 'UNAUTHORIZED' }],
    ['an answer of another form', { status: 0, problem: 'data must be an array' }],
    ['a session of nobody', { status: 200, ids: ['a', 'x'] }],
  ])('%s is a violation', (_, answer) => {
    expect(violations(withAnswer(answer))).not.toEqual([]);
  });

  it('a process that does two things at once is a violation: the history is wrong', () => {
    const history = simulate(new Model(), plan);
    expect(violations(history.map((operation) => ({ ...operation, process: 0 })))).not.toEqual([]);
  });
});

describe('a history in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'history-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has a line per operation, with an end if an answer came, and none of what was not sent', async () => {
    const path = join(folder, 'history.ndjson');
    const recorder = new Recorder(path);
    const args = { stage: 'test', user: 'ada', signIn: 'a' };
    await Promise.all([
      recorder.operation('register', args, async () => ({ status: 201 })),
      recorder.operation('list', args, async () => undefined),
      recorder.operation('log-out', args, async () => {
        throw new NotSent();
      }),
    ]);
    await recorder.operation('list', args, async () => ({ status: 200, ids: ['a'] }));
    recorder.close();
    const history = readHistory(path);
    expect(history.map(({ what, answer }) => [what, answer?.status])).toEqual(
      expect.arrayContaining([
        ['register', 201],
        ['list', undefined],
        ['list', 200],
      ]),
    );
    expect(history).toHaveLength(3);
    // The one that got no answer does nothing more.
    const unanswered = history.find(({ end }) => end === undefined);
    expect(history.filter(({ process }) => process === unanswered?.process)).toHaveLength(1);
    for (const { start, end = start } of history) expect(end).toBeGreaterThanOrEqual(start);
  });

  it.each(['{', '{}', '{"start":1,"end":2,"arguments":{"stage":"test"}}'])('that holds %s is refused', (line) => {
    const path = join(folder, 'history.ndjson');
    writeFileSync(path, `${JSON.stringify({ start: 1, arguments: { stage: 'test' } })}\n${line}\n`);
    expect(() => readHistory(path)).toThrow(/^Line 2 of .* is no operation: /);
  });
});
