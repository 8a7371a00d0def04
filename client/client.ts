import { SessionEndedError } from './errors';
import { userIdOf } from './token';
import { type ApiRequest, call } from './transport';
import type { CleanupRun, Registration, Routes, Session } from './types';

export interface SessionClientOptions {
  /** Of the API's stage: the stack's output `ApiUrl`. */
  readonly baseUrl: string;
  /**
   * Gives the ID or access token to send, for each request anew. Let it refresh the token when it is due; what it
   * throws is what the call throws.
   */
  readonly token: () => string | Promise<string>;
  /** @default the user that the token names */
  readonly userId?: string;
  /**
   * Called when the API says that the session has ended, before the call rejects: take the person to the sign-in.
   * Called once, however many calls find it out, until a call succeeds again.
   */
  readonly onSessionEnded?: (error: SessionEndedError) => void;
  /** @default what the browser says of itself; "Node.js" elsewhere */
  readonly userAgent?: string;
  /**
   * Milliseconds that a call may take, its retries included.
   * @default 15000
   */
  readonly timeoutMs?: number;
  /** @default the one of the browser or of Node.js */
  readonly fetch?: typeof fetch;
}

/** A page of a list of sessions: the current one first, then by latest activity. */
export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Pass it on as `cursor` for the next page. Absent on the last one. */
  readonly nextCursor?: string;
}

/** What ended when all others were ended. */
export type EndedSessions = Pick<
  Routes['DELETE /users/{id}/sessions']['answer']['data'],
  'deletedSessions' | 'sessionIds'
>;

export interface CallOptions {
  /** Aborts the call; it rejects with the signal's reason then. */
  readonly signal?: AbortSignal;
  /** In place of the client's own. */
  readonly timeoutMs?: number;
}

export interface UserOptions extends CallOptions {
  /** Another user, for an admin. */
  readonly userId?: string;
}

export interface ListOptions extends UserOptions {
  /** 1 to 100 sessions a page. @default 100 */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface LogoutOptions extends CallOptions {
  /**
   * Forgets the person on this device: drop the tokens, empty the caches. Always called, after the API was asked
   * and whatever it answered. What it throws, `logout` throws.
   */
  readonly clear?: () => void | Promise<void>;
}

/** What became of the session at a logout. The person is signed out on this device either way. */
export type LogoutOutcome =
  /** `sessionId` is absent when there was none any more. */
  | { readonly ended: true; readonly sessionId?: string }
  /** The API could not be told: the session stays in the list until it is idle, or ended from another device. */
  | { readonly ended: false; readonly error: unknown };

export interface SessionClient {
  /** Registers this sign-in's session: call it once after each sign-in. A second time gives the same session. */
  register(options?: CallOptions & Partial<Registration>): Promise<Session>;
  /** A page of the user's live sessions, the current one first. */
  list(options?: ListOptions): Promise<SessionPage>;
  /** All of them, a page at a time as they are needed. */
  listAll(options?: Omit<ListOptions, 'cursor'>): AsyncGenerator<Session, void, undefined>;
  /** Ends one session, never the current one. */
  end(sessionId: string, options?: UserOptions): Promise<void>;
  /** Ends all sessions of the user but the current one. After a retry only the last try's are told. */
  endOthers(options?: UserOptions): Promise<EndedSessions>;
  /** The cleanup's last runs, the newest first: for admins. */
  cleanups(options?: CallOptions): Promise<readonly CleanupRun[]>;
  /**
   * Asks what a cleanup would delete now: for admins. Nothing is deleted.
   * @returns the run to look for in `cleanups`; one that another admin has asked for, where it is still at work
   */
  countCleanup(options?: CallOptions): Promise<CleanupRun>;
  /**
   * Ends the current session. It never rejects because of the network or the API, nor for a token that cannot be
   * had, so that nobody stays signed in on a device that is offline.
   */
  logout(options?: LogoutOptions): Promise<LogoutOutcome>;
}

const TIMEOUT_MS = 15_000;
/** People wait for a sign-out less long, and it is done on their device in any case. */
const LOGOUT_TIMEOUT_MS = 5_000;
const LONGEST_USER_AGENT = 1_000;

export function createSessionClient(options: SessionClientOptions): SessionClient {
  const connection = {
    baseUrl: new URL(options.baseUrl).href.replace(/\/*$/, '/'),
    token: options.token,
    // Not a method of ours: browsers refuse to fetch as part of another object.
    fetch: options.fetch ?? ((...parameters: Parameters<typeof fetch>) => fetch(...parameters)),
  };
  let toldOfEnd = false;

  return { register, list, listAll, end, endOthers, cleanups, countCleanup, logout };

  async function register({ signal, timeoutMs, ...body }: CallOptions & Partial<Registration> = {}) {
    const userAgent = (body.userAgent ?? options.userAgent ?? ownUserAgent()).slice(0, LONGEST_USER_AGENT);
    const path = sessionsOf(undefined);
    const request = { method: 'POST' as const, path, body: { ...body, userAgent }, signal, timeoutMs };
    return (await send<'POST /users/{id}/sessions'>(request)).data;
  }

  async function list({ userId, limit, cursor, ...rest }: ListOptions = {}): Promise<SessionPage> {
    const query = new URLSearchParams({
      ...(limit !== undefined && { limit: String(limit) }),
      ...(cursor !== undefined && { cursor }),
    }).toString();
    const path = sessionsOf(userId, query && `?${query}`);
    const { data, nextCursor } = await send<'GET /users/{id}/sessions'>({ method: 'GET', path, ...rest });
    return { sessions: data, ...(nextCursor !== undefined && { nextCursor }) };
  }

  async function* listAll(listOptions: Omit<ListOptions, 'cursor'> = {}): AsyncGenerator<Session, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await list({ ...listOptions, cursor });
      yield* page.sessions;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  async function end(sessionId: string, { userId, ...rest }: UserOptions = {}): Promise<void> {
    const path = sessionsOf(userId, `/${encodeURIComponent(sessionId)}`);
    await send<'DELETE /users/{id}/sessions/{sessionId}'>({
      method: 'DELETE',
      path,
      doneBefore: 'SESSION_NOT_FOUND',
      ...rest,
    });
  }

  async function endOthers({ userId, ...rest }: UserOptions = {}): Promise<EndedSessions> {
    const { data } = await send<'DELETE /users/{id}/sessions'>({
      method: 'DELETE',
      path: sessionsOf(userId),
      ...rest,
    });
    return { deletedSessions: data.deletedSessions, sessionIds: data.sessionIds };
  }

  async function cleanups(rest: CallOptions = {}): Promise<readonly CleanupRun[]> {
    return (await send<'GET /cleanups'>({ method: 'GET', path: () => 'cleanups', ...rest })).data;
  }

  async function countCleanup(rest: CallOptions = {}): Promise<CleanupRun> {
    const body = { dryRun: true };
    return (await send<'POST /cleanups'>({ method: 'POST', path: () => 'cleanups', body, ...rest })).data;
  }

  async function logout({ clear, ...rest }: LogoutOptions = {}): Promise<LogoutOutcome> {
    const outcome = await tellOfLogout(rest);
    await clear?.();
    return outcome;
  }

  async function tellOfLogout({ signal, timeoutMs = LOGOUT_TIMEOUT_MS }: CallOptions): Promise<LogoutOutcome> {
    try {
      const answer = await send<'POST /logout'>({
        method: 'POST',
        path: () => 'logout',
        body: {},
        signal,
        timeoutMs,
      });
      const sessionId = answer.data.sessionId;
      return { ended: true, ...(sessionId !== undefined && { sessionId }) };
    } catch (error) {
      return { ended: false, error };
    }
  }

  function sessionsOf(userId: string | undefined, rest = ''): ApiRequest['path'] {
    return (token) => `users/${encodeURIComponent(userId ?? options.userId ?? userIdOf(token))}/sessions${rest}`;
  }

  async function send<Route extends keyof Routes>(request: Omit<ApiRequest, 'timeoutMs'> & CallOptions) {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS;
    try {
      const answer = await call<Route>(connection, { ...request, timeoutMs });
      toldOfEnd = false;
      return answer;
    } catch (error) {
      if (error instanceof SessionEndedError) tellOfEnd(error);
      throw error;
    }
  }

  function tellOfEnd(error: SessionEndedError): void {
    if (toldOfEnd) return;
    toldOfEnd = true;
    options.onSessionEnded?.(error);
  }
}

function ownUserAgent(): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent || 'Node.js';
}
