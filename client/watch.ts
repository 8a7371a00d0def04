import { type SessionEndedError, SessionError } from './errors';
import { callHandler } from './sender';
import type { Session } from './types';

export interface WatchOptions {
  /** Called with all live sessions, the current one first: at the beginning, and whenever they have changed. */
  readonly onChange: (sessions: readonly Session[]) => unknown;
  /** Called if the current session has ended, under the same conditions as the client's own. The watch is over then. */
  readonly onSessionEnded?: (error: SessionEndedError) => unknown;
  /** Called with each failure. The watch goes on, and asks less often. */
  readonly onError?: (error: unknown) => unknown;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Another user, for an admin. */
  readonly userId?: string;
  /**
   * Milliseconds between two requests.
   * @default 30000
   */
  readonly everyMs?: number;
}

interface Source {
  readonly load: (signal: AbortSignal, onSessionEnded: (error: SessionEndedError) => void) => Promise<Session[]>;
  /** Aborted when the person logs out. */
  readonly loggedOut: AbortSignal;
}

/** As much of a browser as is needed here. Node.js has none of it: there, the page always counts as visible. */
interface Page extends Partial<Pick<EventTarget, 'addEventListener'>> {
  readonly document?: EventTarget & { readonly visibilityState?: string };
}

const EVERY_MS = 30_000;
/** Failures slow the asking down to an eighth. */
const MOST_DOUBLINGS = 3;

/** @returns what stops it */
export function startWatch({
  onChange,
  onSessionEnded,
  onError,
  signal: outer,
  everyMs = EVERY_MS,
  load,
  loggedOut,
}: Omit<WatchOptions, 'userId'> & Source): () => void {
  const page = globalThis as Page;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let askAgain = false;
  let failures = 0;
  let shown: string | undefined;

  signal.addEventListener('abort', () => clearTimeout(timer));
  for (const stopping of [outer, loggedOut]) {
    if (stopping?.aborted) stop();
    else stopping?.addEventListener('abort', stop, { signal });
  }
  page.document?.addEventListener('visibilitychange', now, { signal });
  page.addEventListener?.('focus', now, { signal });
  page.addEventListener?.('online', now, { signal });
  now();
  return stop;

  function now(): void {
    clearTimeout(timer);
    if (signal.aborted || page.document?.visibilityState === 'hidden') return;
    if (asking) askAgain = true;
    else void ask();
  }

  async function ask(): Promise<void> {
    asking = true;
    let retryAfterMs = 0;
    try {
      const sessions = await load(signal, ended);
      failures = 0;
      show(sessions);
    } catch (error) {
      failures += 1;
      retryAfterMs = (error instanceof SessionError && error.retryAfterMs) || 0;
      if (!signal.aborted && onError) callHandler(onError, error);
    }
    asking = false;
    if (signal.aborted) return;
    const pause = askAgain ? 0 : Math.max(everyMs * 2 ** Math.min(failures, MOST_DOUBLINGS), retryAfterMs);
    askAgain = false;
    timer = setTimeout(now, pause);
  }

  function show(sessions: readonly Session[]): void {
    const text = JSON.stringify(sessions);
    if (signal.aborted || text === shown) return;
    shown = text;
    callHandler(onChange, sessions);
  }

  function ended(error: SessionEndedError): void {
    if (signal.aborted) return;
    stop();
    if (onSessionEnded) callHandler(onSessionEnded, error);
  }
}
