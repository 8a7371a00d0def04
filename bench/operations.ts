export const USER_AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';

/** A route of the API. */
interface Route {
  /** Its function's file in `lambda/`. */
  readonly entry: string;
  readonly method: string;
  /** As the stack has it. */
  readonly resource: string;
  readonly body?: object;
  /** Of the right answer. @default 200 */
  readonly status?: number;
}

/** Those that other session libraries have, too. */
export const COMPARED = ['list', 'end one', 'log out'] as const;
/** What a person does with sessions. */
export const ALL = [...COMPARED, 'register', 'end others'] as const;
export type Operation = (typeof ALL)[number];

export const ROUTES: Readonly<Record<Operation, Route>> = {
  list: { entry: 'list-sessions', method: 'GET', resource: '/users/{id}/sessions' },
  'end one': { entry: 'terminate-session', method: 'DELETE', resource: '/users/{id}/sessions/{sessionId}' },
  'log out': { entry: 'logout', method: 'POST', resource: '/logout', body: {} },
  register: {
    entry: 'create-session',
    method: 'POST',
    resource: '/users/{id}/sessions',
    body: { userAgent: USER_AGENT },
    status: 201,
  },
  'end others': { entry: 'terminate-sessions', method: 'DELETE', resource: '/users/{id}/sessions' },
};

/** @throws an error if an operation's answer has another status than it should */
export function assertAnswered(operation: Operation, status: number, body: string): void {
  const { status: expected = 200 } = ROUTES[operation];
  if (status !== expected) throw new Error(`${operation} answered ${status}: ${body}`);
}
