const FIRST_MS = 4_000;
const QUIET_MS = 30_000;
const FAILING_MS = 60_000;

export interface Poller {
  /** Asks now, and goes on from there. */
  readonly now: () => void;
  readonly stop: () => void;
}

/**
 * Asks again and again: often while something happens or the person does something, more and more seldom when not,
 * and never while nobody looks.
 * @param ask tells whether anything has changed; what it throws counts as a failure, and slows the asking down. It is
 *   passive unless the person has done something since the last time.
 */
export function startPolling(ask: (signal: AbortSignal, passive: boolean) => Promise<boolean>): Poller {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_MS;
  let asking = false;
  /** Opening the page, and coming back to it, is something that the person does. */
  let acted = true;

  const act = () => {
    acted = true;
    pause = FIRST_MS;
  };
  const awake = () => {
    if (document.visibilityState !== 'visible') return clearTimeout(timer);
    act();
    void round();
  };
  document.addEventListener('visibilitychange', awake, { signal });
  window.addEventListener('online', now, { signal });
  window.addEventListener('pointerdown', act, { signal });
  window.addEventListener('keydown', act, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  void round();
  return { now, stop: () => controller.abort() };

  function now(): void {
    pause = FIRST_MS;
    void round();
  }

  async function round(): Promise<void> {
    clearTimeout(timer);
    if (asking) return;
    asking = true;
    const before = pause;
    const byPerson = acted;
    acted = false;
    let next: number;
    try {
      next = (await ask(signal, !byPerson)) ? FIRST_MS : Math.min(pause * 1.5, QUIET_MS);
    } catch {
      acted ||= byPerson;
      next = Math.min(pause * 2, FAILING_MS);
    }
    asking = false;
    // Somebody may have been in a hurry meanwhile.
    pause = pause < before ? pause : next;
    clearTimeout(timer);
    if (!signal.aborted && document.visibilityState === 'visible') timer = setTimeout(round, pause);
  }
}
