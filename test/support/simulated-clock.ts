import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../lambda/aws/retry';

/** A time that passes only while everything waits for it. */
export class SimulatedClock implements Clock {
  private readonly timers: { at: number; wake: () => void }[] = [];

  /** @param time epoch milliseconds */
  constructor(private time: number) {}

  readonly now = (): number => this.time;

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => {
      // As with Node's timers, at least a millisecond.
      const at = this.time + Math.max(1, milliseconds);
      const index = this.timers.findLastIndex((timer) => timer.at <= at);
      this.timers.splice(index + 1, 0, { at, wake });
    });

  /** Lets the time pass until the work is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    for (await setImmediate(); !done; await setImmediate()) {
      const next = this.timers.shift();
      if (!next) throw new Error('The work waits, but for no timer.');
      this.time = next.at;
      next.wake();
    }
    return work;
  }
}
