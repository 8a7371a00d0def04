import type { Clock } from '../aws/retry';
import { Semaphore } from './semaphore';

/** The cost of a deletion until the table has reported one: the item and its index entry. */
const UNITS_PER_DELETION = 2;
/** The recent past, over which the table's own rate is measured. */
const WINDOW_MS = 1_000;
/** The rate changes at most this often, and a task that waits looks at it this often. */
const ADAPT_EVERY_MS = 100;
/** The most steps up at once, however long the table was silent. */
const MOST_STEPS = 10;
const SLOW_DOWN = 0.9;
/** A step up while the rate is near the one that the table last throttled. */
const SPEED_UP = 1.03;
/** A step up while it is well below: a table that recovered, or one that is not known yet. */
const CATCH_UP = 1.25;
const SLOWEST = 10;
/** Units per second to continue with if the very first requests are throttled. */
const FIRST_RATE = 500;

/**
 * Keeps deletions within a budget of write units per second. If the table throttles, it finds the rate that the table
 * can take: a tenth below what the table took, then up again, in small steps near the throttled rate, so that the
 * users who are signed in keep their share.
 */
export class AdaptiveRateLimiter {
  /** Units per second; infinite while nothing limits. */
  private rate: number;
  private throttledRate = Number.POSITIVE_INFINITY;
  private unitsPerDeletion = UNITS_PER_DELETION;
  /** Units that were sent ahead of the rate; below zero, what may still be sent at once. */
  private debt = 0;
  private debtAt = 0;
  private adaptedAt = 0;
  private readonly queue = new Semaphore(1);
  private readonly recent: { at: number; units: number }[] = [];

  /** Requests that the table throttled, in whole or in part. */
  throttles = 0;

  /** @param budget write units per second, infinite for as fast as the table takes them */
  constructor(
    private readonly budget: number,
    private readonly clock: Clock,
  ) {
    this.rate = budget;
  }

  /**
   * Waits until these deletions may be sent.
   * @param mayGoOn asked again and again while it waits
   * @returns false if they may not be sent, because `mayGoOn` said no
   */
  async acquire(deletions: number, mayGoOn: () => boolean): Promise<boolean> {
    if (this.rate === Number.POSITIVE_INFINITY) return mayGoOn();
    await this.queue.acquire();
    for (let wait = this.payDebt(); wait > 0 && mayGoOn(); wait = this.payDebt()) {
      await this.clock.sleep(Math.min(wait, ADAPT_EVERY_MS));
    }
    const granted = mayGoOn();
    if (granted) this.debt += deletions * this.unitsPerDeletion;
    this.queue.release();
    return granted;
  }

  /** Learns from an answer: how many were sent and deleted, the units that it took, whether the table throttled. */
  report(sent: number, deletions: number, units: number | undefined, throttled: boolean): void {
    const now = this.clock.now();
    const took = units ?? deletions * this.unitsPerDeletion;
    // What was not deleted took nothing from the table.
    this.debt -= (sent - deletions) * this.unitsPerDeletion;
    if (deletions > 0 && took > 0) this.unitsPerDeletion += (took / deletions - this.unitsPerDeletion) / 10;
    this.recent.push({ at: now, units: took });
    while (this.recent[0] && this.recent[0].at < now - WINDOW_MS) this.recent.shift();
    if (throttled) this.throttles++;
    if (now - this.adaptedAt < ADAPT_EVERY_MS) return;
    if (throttled) {
      this.throttledRate = this.rate;
      const slowest = Math.min(SLOWEST, this.budget);
      this.rate = Math.max(slowest, Math.min(this.rate, this.recentRate(now)) * SLOW_DOWN);
    } else if (this.rate < this.budget) {
      const steps = Math.min(MOST_STEPS, (now - this.adaptedAt) / ADAPT_EVERY_MS);
      const step = this.rate < this.throttledRate * SLOW_DOWN ? CATCH_UP : SPEED_UP;
      this.rate = Math.min(this.budget, this.rate * step ** steps);
    } else return;
    this.adaptedAt = now;
  }

  /** Units per second that the table took; half of what was tried if it took none. */
  private recentRate(now: number): number {
    const units = this.recent.reduce((sum, one) => sum + one.units, 0);
    if (units === 0) return Math.min(this.rate, FIRST_RATE * 2) / 2;
    return (units / Math.max(now - (this.recent[0]?.at ?? now), ADAPT_EVERY_MS)) * 1_000;
  }

  /** Pays the debt at the current rate. @returns milliseconds until nothing is owed */
  private payDebt(): number {
    const now = this.clock.now();
    const credit = this.rate * (ADAPT_EVERY_MS / 1_000);
    this.debt = Math.max(-credit, this.debt - (this.rate * Math.max(0, now - this.debtAt)) / 1_000);
    this.debtAt = now;
    return (this.debt / this.rate) * 1_000;
  }
}
