import type { Answer, Operation, SessionLimit, What } from './history';
import type { Fact } from './life';

export interface SignIn {
  readonly id: string;
  /** Epoch seconds. */
  readonly signedInAt: number;
  /** When it began, on the history's clock. */
  readonly begun: number;
}

/** The answers that there are. Another one is a violation. */
const STATUSES: Readonly<Record<What, readonly number[]>> = {
  start: [200],
  stop: [200],
  'sign-in': [200],
  refresh: [200],
  register: [200, 201, 401, 409, 503],
  list: [200, 401, 503],
  end: [200, 400, 401, 404, 503],
  'end-others': [200, 401, 503],
  'log-out': [200, 503],
  // 502: the function failed, and in AWS would be invoked again.
  'outside-end': [200, 502],
  'make-idle': [200, 404],
  cleanup: [200, 502],
  scan: [200],
};

/** What is wrong with an answer that no state of any session explains. */
export function wrongAnswer(
  { what, arguments: args, answer }: Operation,
  limit: SessionLimit | undefined,
): string | undefined {
  if (!answer) return undefined;
  const { status, code, problem } = answer;
  if (problem !== undefined) return `${what} was answered in a form that is not described`;
  if (!STATUSES[what].includes(status)) return `${what} answered ${status} ${code ?? ''}`;
  if (code === 'SESSION_ENDED' && !['ended', 'never-registered'].includes(answer.reason ?? '')) {
    return `${what} says SESSION_ENDED and not why`;
  }
  if (status === 401 && code !== 'SESSION_ENDED') return `${what} answered 401 ${code} to a good token`;
  if (status === 503 && code !== 'TRY_AGAIN') return `${what} answered 503 ${code}`;
  if (status === 400 && args.target !== args.signIn)
    return 'a session of another sign-in was taken for the current one';
  if (status === 409 && limit?.whenReached !== 'deny') return 'a registration was refused, on a stage that denies none';
  if (what === 'end' && args.target === args.signIn && (status === 200 || status === 404)) {
    return 'a session was taken for another than the current one';
  }
  if (what === 'log-out' && answer.ids?.some((id) => id !== args.signIn)) return 'a logout ended another session';
  if (what === 'end-others' && answer.ids?.includes(args.signIn ?? '')) return 'a session ended itself as another';
  if (what === 'register' && answer.reason === 'never-registered')
    return 'a registration was refused for being the first';
  if (what === 'refresh' && answer.signIn !== args.signIn) return 'a refresh gave tokens of another sign-in';
  return undefined;
}

/** Whether an operation may have an effect, or a further effect, after its end too. */
export const isOpen = ({ what, answer }: Operation): boolean =>
  !answer || answer.problem !== undefined || answer.status >= 500 || (what === 'end-others' && answer.more === true);

/**
 * What an operation on a user's sessions says about one of the user's sign-ins, or did to it.
 * @param isLossy whether database calls may have failed meanwhile. Then a delete whose answer was lost may have been
 *   sent again and have found nothing: "there is no such session" means that there is none any more.
 */
export function factsOf(operation: Operation, signIn: SignIn, isLossy: boolean): Fact[] {
  const { what, arguments: args } = operation;
  const facts = [
    ...(args.signIn === signIn.id ? factsOfCaller(operation) : []),
    ...factsOfOthers(operation, signIn).map((fact): Fact => {
      const isEnd = what === 'end' || what === 'end-others';
      return isLossy && isEnd && fact === 'absent' ? 'ended if there' : fact;
    }),
  ];
  return isLossy ? facts.map((fact) => (fact === 'closed' ? 'ended or closed' : fact)) : facts;
}

/** No answer says as little as an answer that the database could not be reached. */
const UNKNOWN = 503;
const known = ({ answer }: Operation): Partial<Answer> => (answer && answer.problem === undefined ? answer : {});

const pick = (status: number, facts: Readonly<Record<number, Fact>>): Fact[] => {
  const fact = facts[status];
  return fact === undefined ? [] : [fact];
};

/** About the sign-in whose token was sent. */
function factsOfCaller(operation: Operation): Fact[] {
  const { status = UNKNOWN, reason, ids = [] } = known(operation);
  switch (operation.what) {
    case 'register':
      return pick(status, { 201: 'registered', 200: 'present', 401: 'has ended', 409: 'full', 503: 'may register' });
    case 'log-out':
      return pick(status, { 200: ids.length > 0 ? 'ended' : 'closed', 503: 'may close' });
    case 'list':
    case 'end':
    case 'end-others': {
      const denied = { ended: 'has ended', 'never-registered': 'never registered' } as const;
      const gone = denied[reason as keyof typeof denied] ?? 'absent';
      return pick(status, { 200: 'present', 400: 'present', 404: 'present', 401: gone });
    }
    default:
      return [];
  }
}

/** About a sign-in whose session was listed, to be ended, or looked for. */
function factsOfOthers(operation: Operation, signIn: SignIn): Fact[] {
  const { arguments: args } = operation;
  const { status = UNKNOWN, ids = [], more = false } = known(operation);
  const isNamed = ids.includes(signIn.id);
  switch (operation.what) {
    case 'list':
      // The local run's index has no delay, so a live session that is not listed is an error.
      return pick(status, isNamed ? { 200: 'present' } : more ? {} : { 200: 'absent' });
    case 'scan':
      return [isNamed ? 'stored' : 'absent'];
    case 'end':
      return args.target === signIn.id ? pick(status, { 200: 'ended', 404: 'absent', 503: 'may end' }) : [];
    case 'make-idle':
      return args.target === signIn.id
        ? pick(status, { 200: 'made idle', 404: 'absent', [UNKNOWN]: 'may make idle' })
        : [];
    case 'end-others':
      if (args.signIn === signIn.id) return [];
      return pick(status, { 200: isNamed ? 'ended' : more ? 'may end' : 'absent', 503: 'may end' });
    case 'outside-end': {
      const { earliest = 0, latest = 0 } = args.eventTime ?? {};
      if (signIn.signedInAt > latest) return [];
      if (status !== 200) return ['may mark and end'];
      return [signIn.signedInAt <= earliest ? 'ended if there' : 'may end'];
    }
    default:
      return [];
  }
}
