import { type Deadline, startDeadline } from './deadline';
import { SessionEndedError, SessionError, TryAgainError } from './errors';
import { signInOf } from './token';
import { type ApiRequest, type Connection, call } from './transport';
import type { Routes } from './types';

type Handler = (error: SessionEndedError) => unknown;

export interface SenderOptions extends Connection {
  readonly timeoutMs: number;
  readonly onSessionEnded?: Handler;
  /** Registers the sign-in, for a call that finds out that nobody did. */
  readonly register: () => Promise<unknown>;
}

export interface Sending extends ApiRequest {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** These two neither wait for a registration nor cause one. */
  readonly purpose?: 'register' | 'log out';
  /** Called like the client's own, and by each call that finds it out. */
  readonly onSessionEnded?: Handler;
}

export interface Sender {
  readonly send: <Route extends keyof Routes>(sending: Sending) => Promise<Routes[Route]['answer']>;
  /** Makes the calls that are sent from now on wait for a registration. */
  readonly waitFor: (registration: Promise<unknown>) => void;
  /** While and after a person logs out, no call of that sign-in says that its session has ended. */
  readonly loggingOut: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** From now on no call with this token says that its session has ended. */
  readonly loggedOut: (token: string) => void;
}

/** Sends requests, knows which sign-in each belongs to, and says once that a sign-in's session has ended. */
export function createSender({ timeoutMs: usualMs, onSessionEnded, register, ...connection }: SenderOptions): Sender {
  let registering: Promise<unknown> = Promise.resolve();
  /** The last sign-in that was registered without being asked to, so that this happens once. */
  let recovered: { readonly signIn: string; readonly done: Promise<unknown> } | undefined;
  let toldOf: string | undefined;
  let logoutsUnderWay = 0;
  let logoutsOver = 0;
  let loggedOutToken: string | undefined;

  return {
    send,
    waitFor(registration) {
      registering = Promise.allSettled([registering, registration]);
      toldOf = undefined;
    },
    async loggingOut(work) {
      logoutsUnderWay += 1;
      try {
        return await work();
      } finally {
        logoutsUnderWay -= 1;
        logoutsOver += 1;
      }
    },
    loggedOut(token) {
      loggedOutToken = token;
    },
  };

  async function send<Route extends keyof Routes>(sending: Sending): Promise<Routes[Route]['answer']> {
    const { purpose, signal, timeoutMs = usualMs } = sending;
    const deadline = startDeadline(timeoutMs, signal);
    const logoutsBefore = logoutsOver;
    let token = '';
    const remembering = {
      ...connection,
      async token() {
        token = await connection.token();
        if (purpose === 'log out') loggedOutToken = token;
        return token;
      },
    };
    try {
      if (!purpose) await deadline.within(registering);
      let answer: Routes[Route]['answer'];
      try {
        answer = await call<Route>(remembering, sending, deadline);
      } catch (error) {
        if (purpose || !(error instanceof SessionEndedError) || error.reason !== 'never-registered') throw error;
        // Whoever has signed out meanwhile would have a session again.
        if (token === loggedOutToken || logoutsOver !== logoutsBefore) throw error;
        await deadline.within(registerOnce(signInOf(token)));
        answer = await call<Route>(remembering, sending, deadline);
      }
      if (toldOf === signInOf(token)) toldOf = undefined;
      return answer;
    } catch (error) {
      if (error instanceof SessionEndedError) await tell(error);
      throw error;
    } finally {
      deadline.stop();
    }

    async function tell(error: SessionEndedError): Promise<void> {
      const signIn = signInOf(token);
      if (!(await isCurrent(signIn, deadline))) return;
      if (logoutsUnderWay > 0 || logoutsOver !== logoutsBefore || token === loggedOutToken) return;
      if (sending.onSessionEnded) callHandler(sending.onSessionEnded, error);
      if (onSessionEnded && toldOf !== signIn) callHandler(onSessionEnded, error);
      toldOf = signIn;
    }
  }

  /** One registration for all calls that find out that there was none. One that the API refused is not repeated. */
  function registerOnce(signIn: string): Promise<unknown> {
    if (recovered?.signIn === signIn) return recovered.done;
    const done = register();
    recovered = { signIn, done };
    done.catch((error: unknown) => {
      if (!isRefusal(error) && recovered?.done === done) recovered = undefined;
    });
    return done;
  }

  /** A late answer may be about an earlier sign-in. Without a token, nobody is signed in. */
  async function isCurrent(signIn: string, { within }: Deadline): Promise<boolean> {
    try {
      return signInOf(await within(Promise.resolve(connection.token()))) === signIn;
    } catch {
      return false;
    }
  }
}

/** An answer that stays the same however often the API is asked. */
const isRefusal = (error: unknown): boolean =>
  error instanceof SessionError &&
  !(error instanceof TryAgainError) &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500;

/** Calls a handler. What it throws is reported as an uncaught error, and does not become the answer of a call. */
export function callHandler<Value>(handler: (value: Value) => unknown, value: Value): void {
  new Promise((resolve) => resolve(handler(value))).catch((error: unknown) => {
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    if (reportError) reportError(error);
    else console.error(error);
  });
}
