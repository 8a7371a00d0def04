import { TimeoutError } from './errors';

/** The end of a call: its time is over, or its caller aborts it. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  readonly left: () => number;
  /** Waits for something, but no longer than the call lasts. */
  readonly within: <T>(promise: Promise<T>) => Promise<T>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly stop: () => void;
}

// By hand: AbortSignal.any and AbortSignal.timeout are missing in browsers that are still in use.
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const ends = Date.now() + timeoutMs;
  const controller = new AbortController();
  const { signal } = controller;
  const follow = () => controller.abort(outer?.reason);
  const timer = setTimeout(
    () => controller.abort(new TimeoutError('TIMEOUT', `No answer came within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  // A call that is through before its end leaves this without anybody who waits for it.
  aborted.catch(() => undefined);
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow);

  const within = <T>(promise: Promise<T>) => Promise.race([promise, aborted]);
  return {
    signal,
    left: () => ends - Date.now(),
    within,
    async sleep(milliseconds) {
      let pause: ReturnType<typeof setTimeout> | undefined;
      const slept = new Promise<void>((resolve) => {
        pause = setTimeout(resolve, milliseconds);
      });
      await within(slept).finally(() => clearTimeout(pause));
    },
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
