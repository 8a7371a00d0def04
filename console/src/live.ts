import { SessionEndedError, UnauthorizedError } from '../../client';
import { h } from './dom';
import { startPolling } from './poller';
import { isPassing, type ProblemWords, problemBanner, problemOf } from './problem';
import { SignInExpired } from './tokens';

/** What the page shows between its head and its foot. */
export interface View {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  readonly stop: () => void;
}

/** What every view is given. */
export interface LiveContext {
  /** Makes sure that this sign-in has its session. */
  readonly register: () => Promise<unknown>;
  /** The tokens are no good any more. */
  readonly onExpired: () => void;
}

export interface LiveOptions<T> extends LiveContext {
  /** @param passive whether it is the page that asks, and not the person */
  readonly load: (signal: AbortSignal, passive: boolean) => Promise<T>;
  /** @returns whether anything has changed, so that more may soon */
  readonly show: (loaded: T) => boolean;
  /** There is a problem, and nothing to show yet. */
  readonly showNothing: () => void;
  readonly problems: ProblemWords;
}

export interface Live {
  /** Where it says what is wrong, while something is. */
  readonly problem: HTMLElement;
  /** Loads now. */
  readonly now: () => void;
  readonly stop: () => void;
}

/** Loads and shows again and again, keeps what is shown through a problem, and says so. */
export function startLive<T>({ register, load, show, showNothing, problems, onExpired }: LiveOptions<T>): Live {
  const problem = h('div', { role: 'status' });
  let shownSince: number | undefined;

  const wentOffline = () => shownSince !== undefined && showProblem(new TypeError('offline'));
  window.addEventListener('offline', wentOffline);
  const poller = startPolling(ask);
  return {
    problem,
    now: poller.now,
    stop() {
      poller.stop();
      window.removeEventListener('offline', wentOffline);
    },
  };

  async function ask(signal: AbortSignal, passive: boolean): Promise<boolean> {
    try {
      await register();
      const loaded = await load(signal, passive);
      problem.replaceChildren();
      shownSince = Date.now();
      return show(loaded);
    } catch (error) {
      if (signal.aborted) return false;
      // The client's hook has told of an ended session.
      if (error instanceof SessionEndedError) return false;
      if (error instanceof UnauthorizedError || error instanceof SignInExpired) {
        onExpired();
        return false;
      }
      showProblem(error);
      throw error;
    }
  }

  function showProblem(error: unknown): void {
    const found = problemOf(error, shownSince, problems);
    if (!isPassing(found)) poller.stop();
    const same = problem.querySelector('.banner-title')?.textContent === found.title;
    // A problem that stays is said once.
    if (!same) problem.replaceChildren(problemBanner(found, () => poller.now()));
    if (shownSince === undefined) showNothing();
  }
}
