import { setTimeout as sleep } from 'node:timers/promises';

/** A table's own guess for a deletion until it has said what one costs: the item and its index entry. */
const UNITS_A_DELETION = 2;
/** How long the units of one moment are looked back on. */
const WINDOW_MS = 1_000;
/** How often at most the pace changes. */
const ADAPT_EVERY_MS = 100;
const SLOW_DOWN = 0.9;
const SPEED_UP = 1.03;
const SLOWEST = 10;

/**
 * Keeps deletions within a budget of write units per second, and finds the pace that the table can take when it
 * begins to throttle: slower by a tenth of what it did take, then up again in small steps, so that the users who
 * are signed in meanwhile keep their share.
 */
export class Pacer {
  /** Units per second right now; infinite while nothing limits. */
  private pace: number;
  private perDeletion = UNITS_A_DELETION;
  /** When the next deletion may start, in milliseconds of the clock. */
  private free = 0;
  private adaptedAt = 0;
  private readonly taken: { at: number; units: number }[] = [];

  /** Requests that the table throttled, in whole or in part. */
  throttles = 0;
  /** Write units taken, as far as the table told. */
  units = 0;

  /** @param budget write units per second, infinite for as fast as the table takes it */
  constructor(
    private readonly budget = Number.POSITIVE_INFINITY,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.pace = budget;
  }

  /** Waits until so many deletions may be sent. */
  async before(deletions: number): Promise<void> {
    if (this.pace === Number.POSITIVE_INFINITY) return;
    const now = this.clock();
    const start = Math.max(this.free, now);
    this.free = start + ((deletions * this.perDeletion) / this.pace) * 1_000;
    if (start > now) await sleep(start - now);
  }

  /** Learns from an answer: how many were deleted, the units that it took, whether the table throttled. */
  after(deletions: number, units: number | undefined, throttled: boolean): void {
    const now = this.clock();
    const took = units ?? deletions * this.perDeletion;
    if (deletions > 0 && took > 0) this.perDeletion += (took / deletions - this.perDeletion) / 10;
    this.units += took;
    this.taken.push({ at: now, units: took });
    while (this.taken[0] && this.taken[0].at < now - WINDOW_MS) this.taken.shift();
    if (throttled) this.throttles++;
    if (now - this.adaptedAt < ADAPT_EVERY_MS) return;
    if (throttled) {
      const recent = this.taken.reduce((sum, one) => sum + one.units, 0);
      const span = Math.max(now - (this.taken[0]?.at ?? now), ADAPT_EVERY_MS);
      this.pace = Math.max(SLOWEST, Math.min(this.pace, (recent / span) * 1_000) * SLOW_DOWN);
      this.adaptedAt = now;
    } else if (this.pace < this.budget) {
      this.pace = Math.min(this.budget, this.pace * SPEED_UP);
      this.adaptedAt = now;
    }
  }
}
