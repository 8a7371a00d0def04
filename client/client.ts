import { baseUrlOf, segmentOf } from './addresses';
import { TryAgainError } from './errors';
import type {
  CallOptions,
  EndedSessions,
  EndOthersOptions,
  ListOptions,
  LogoutOptions,
  LogoutOutcome,
  ReadOptions,
  SessionClient,
  SessionClientOptions,
  SessionPage,
  UserOptions,
  UserSearch,
} from './interface';
import { revokeRefreshToken } from './revoke';
import { callHandler, createSender, type Sending } from './sender';
import { userIdOf } from './token';
import type { ApiRequest } from './transport';
import type { Caller, CleanupRun, PoolUser, Registration, Session } from './types';
import { startWatch, type WatchOptions } from './watch';

const TIMEOUT_MS = 15_000;
/** People wait for a sign-out less long, and it is done on their device in any case. */
const LOGOUT_TIMEOUT_MS = 5_000;
/** In characters, of a user agent and a device's name. */
const LONGEST_TEXT = 1_000;
/** More requests than any user has thousands of sessions. */
const MOST_ROUNDS = 100;

type Reading = ListOptions & Pick<Sending, 'onSessionEnded'>;

/** @throws a TypeError if `baseUrl` is not the address of an API */
export function createSessionClient(options: SessionClientOptions): SessionClient {
  // Browsers refuse a `fetch` that is called as a method of another object.
  const doFetch = options.fetch ?? ((...parameters: Parameters<typeof fetch>) => fetch(...parameters));
  const { send, waitFor, loggingOut, loggedOut } = createSender({
    baseUrl: baseUrlOf(options.baseUrl),
    fetch: doFetch,
    token: async () => options.token(),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    onSessionEnded: options.onSessionEnded,
    register: () => sendRegistration(asked),
  });
  /** What the page asked for at its last registration. A registration that the client makes on its own repeats it. */
  let asked: Partial<Registration> = {};
  let watching = new AbortController();

  return { register, list, listAll, watch, whoAmI, end, endOthers, findUsers, cleanups, requestDryRun, logout };

  function register(registration: CallOptions & Partial<Registration> = {}): Promise<Session> {
    const { signal, timeoutMs, loginTime, ...lasting } = registration;
    asked = lasting;
    const registered = sendRegistration(registration);
    waitFor(registered);
    return registered;
  }

  async function sendRegistration({ signal, timeoutMs, ...body }: CallOptions & Partial<Registration>) {
    const userAgent = cut(body.userAgent ?? options.userAgent ?? ownUserAgent(), LONGEST_TEXT);
    const name = body.deviceName ?? options.deviceName;
    const deviceName = name ? cut(name, LONGEST_TEXT) : undefined;
    const sending = { path: sessionsOf(undefined), body: { ...body, userAgent, deviceName }, signal, timeoutMs };
    return (await send<'POST /users/{id}/sessions'>({ method: 'POST', purpose: 'register', ...sending })).data;
  }

  function list(listOptions: ListOptions = {}): Promise<SessionPage> {
    return readPage(listOptions);
  }

  function listAll(listOptions: Omit<ListOptions, 'cursor'> = {}): AsyncGenerator<Session, void, undefined> {
    return readAll(listOptions);
  }

  async function* readAll(reading: Reading): AsyncGenerator<Session, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await readPage({ ...reading, cursor });
      yield* page.sessions;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  async function readPage({ userId, limit, cursor, passive, ...rest }: Reading): Promise<SessionPage> {
    const path = sessionsOf(userId, queryOf({ limit, cursor, passive }));
    const { data, nextCursor } = await send<'GET /users/{id}/sessions'>({ method: 'GET', path, ...rest });
    return { sessions: data, ...(nextCursor !== undefined && { nextCursor }) };
  }

  function watch({ userId, ...rest }: WatchOptions): () => void {
    return startWatch({
      ...rest,
      loggedOut: watching.signal,
      async load(signal, onSessionEnded) {
        const sessions: Session[] = [];
        const found = readAll({ userId, passive: true, signal, onSessionEnded });
        for await (const session of found) sessions.push(session);
        return sessions;
      },
    });
  }

  async function whoAmI({ passive, ...rest }: ReadOptions = {}): Promise<Caller> {
    const path = () => `session${queryOf({ passive })}`;
    return (await send<'GET /session'>({ method: 'GET', path, ...rest })).data;
  }

  async function end(sessionId: string, { userId, ...rest }: UserOptions = {}): Promise<void> {
    const path = sessionsOf(userId, `/${segmentOf(sessionId, 'sessionId')}`);
    await send<'DELETE /users/{id}/sessions/{sessionId}'>({
      method: 'DELETE',
      path,
      doneBefore: 'SESSION_NOT_FOUND',
      ...rest,
    });
  }

  async function endOthers({ userId, onProgress, ...rest }: EndOthersOptions = {}): Promise<EndedSessions> {
    const sessionIds: string[] = [];
    for (let round = 1; ; round += 1) {
      try {
        const { data } = await send<'DELETE /users/{id}/sessions'>({
          method: 'DELETE',
          path: sessionsOf(userId),
          ...rest,
        });
        sessionIds.push(...data.sessionIds);
        const soFar = { deletedSessions: sessionIds.length, sessionIds: [...sessionIds] };
        if (!(data as { remaining?: boolean }).remaining) return soFar;
        // If a round ended none, the next would end none either.
        if (round >= MOST_ROUNDS || data.sessionIds.length === 0) return { ...soFar, remaining: true };
        if (onProgress) callHandler(onProgress, soFar);
      } catch (error) {
        if (sessionIds.length === 0) throw error;
        return { deletedSessions: sessionIds.length, sessionIds, remaining: true, error };
      }
    }
  }

  async function findUsers(who: UserSearch, { passive, ...rest }: ReadOptions = {}): Promise<readonly PoolUser[]> {
    const path = () => `users${queryOf({ ...who, passive })}`;
    return (await send<'GET /users'>({ method: 'GET', path, ...rest })).data;
  }

  async function cleanups({ passive, ...rest }: ReadOptions = {}): Promise<readonly CleanupRun[]> {
    const path = () => `cleanups${queryOf({ passive })}`;
    return (await send<'GET /cleanups'>({ method: 'GET', path, ...rest })).data;
  }

  async function requestDryRun(rest: CallOptions = {}): Promise<CleanupRun> {
    const body = { dryRun: true };
    return (await send<'POST /cleanups'>({ method: 'POST', path: () => 'cleanups', body, ...rest })).data;
  }

  async function logout({ clear, everywhere, ...rest }: LogoutOptions = {}): Promise<LogoutOutcome> {
    if (!everywhere) stopWatching();
    return loggingOut(async () => {
      const outcome = await (everywhere ? sendLogoutEverywhere(rest) : sendLogout(rest));
      if (everywhere) {
        if (!outcome.ended) return outcome;
        stopWatching();
      }
      if (options.refreshToken) await revokeRefreshToken(options.token, options.refreshToken, doFetch);
      await clear?.();
      return outcome;
    });
  }

  function stopWatching(): void {
    watching.abort();
    watching = new AbortController();
  }

  async function sendLogoutEverywhere(rest: CallOptions): Promise<LogoutOutcome> {
    let deletedSessions = 0;
    let used = '';
    try {
      for (let round = 1; ; round += 1) {
        const { data } = await send<'POST /logout'>({
          method: 'POST',
          path(token) {
            used = token;
            return 'logout';
          },
          body: { everywhere: true },
          doneBefore: 'SESSION_ENDED',
          ...rest,
        });
        const ended = data?.deletedSessions ?? 0;
        deletedSessions += ended;
        if (!data?.remaining) {
          loggedOut(used);
          return { ended: true, ...(data?.sessionId !== undefined && { sessionId: data.sessionId }), deletedSessions };
        }
        // If a round ended none, the next would end none either.
        if (round >= MOST_ROUNDS || ended === 0) throw new TryAgainError('TRY_AGAIN', 'Some sessions are left.');
      }
    } catch (error) {
      return { ended: false, error, deletedSessions };
    }
  }

  async function sendLogout({ signal, timeoutMs = LOGOUT_TIMEOUT_MS }: CallOptions): Promise<LogoutOutcome> {
    try {
      const answer = await send<'POST /logout'>({
        method: 'POST',
        path: () => 'logout',
        body: {},
        purpose: 'log out',
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
    const named = userId ?? options.userId;
    if (named !== undefined) segmentOf(named, 'userId');
    return (token) => `users/${segmentOf(named ?? userIdOf(token), 'userId')}/sessions${rest}`;
  }
}

function queryOf(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== false);
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return query && `?${query}`;
}

/** The first characters of a text. Half of a surrogate pair would be none. */
const cut = (text: string, most: number): string => text.slice(0, most).replace(/[\ud800-\udbff]$/, '');

function ownUserAgent(): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent || 'Node.js';
}
