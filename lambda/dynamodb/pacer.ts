import { setTimeout as sleep } from 'node:timers/promises';
import { Turns } from './turns';

/** A table's own guess for a deletion until it has said what one costs: the item and its index entry. */
const UNITS_A_DELETION = 2;
/** How long the units of one moment are looked back on. */
const WINDOW_MS = 1_000;
/** How often at most the pace changes, and how long one that waits goes without looking at it again. */
const ADAPT_EVERY_MS = 100;
/** At most so many steps up at once, however long nothing was heard. */
const MOST_STEPS = 10;
const SLOW_DOWN = 0.9;
/** A step up while the pace is near the one that was too fast last. */
const SPEED_UP = 1.03;
/** A step up while it is well below: a table that recovered, or one that is not known yet. */
const CATCH_UP = 1.25;
const SLOWEST = 10;
/** The pace to go on from when the very first requests are throttled: units per second. */
const FIRST_PACE = 500;

/**
 * Keeps deletions within a budget of write units per second, and finds the pace that the table can take when it
 * begins to throttle: slower by a tenth of what it did take, then up again, in small steps when near what was too
 * much, so that the users who are signed in meanwhile keep their share.
 */
export class Pacer {
  /** Units per second right now; infinite while nothing limits. */
  private pace: number;
  /** The pace that the table throttled last. */
  private tooFast = Number.POSITIVE_INFINITY;
  private perDeletion = UNITS_A_DELETION;
  /** Units that were sent ahead of the pace; what lies within a step's time before zero is credit. */
  private owed = 0;
  private owedAt = 0;
  private adaptedAt = 0;
  private readonly turns = new Turns(1);
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

  /** Waits until so many deletions may be sent: in turn, and at the pace of each moment. */
  async before(deletions: number): Promise<void> {
    if (this.pace === Number.POSITIVE_INFINITY) return;
    const turn = this.turns.take();
    if (turn) await turn;
    for (let wait = this.pay(); wait > 0; wait = this.pay()) await sleep(Math.min(wait, ADAPT_EVERY_MS));
    this.owed += deletions * this.perDeletion;
    this.turns.give();
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
    if (throttled) this.slowDown(now);
    else if (this.pace < this.budget) this.speedUp(now);
  }

  private slowDown(now: number): void {
    this.tooFast = this.pace;
    this.pace = Math.max(SLOWEST, Math.min(this.pace, this.recentPace(now)) * SLOW_DOWN);
    this.adaptedAt = now;
  }

  private speedUp(now: number): void {
    const steps = Math.min(MOST_STEPS, (now - this.adaptedAt) / ADAPT_EVERY_MS);
    const step = this.pace < this.tooFast * SLOW_DOWN ? CATCH_UP : SPEED_UP;
    this.pace = Math.min(this.budget, this.pace * step ** steps);
    this.adaptedAt = now;
  }

  /** Units per second that the table took of late; while nothing went through, half of what was tried. */
  private recentPace(now: number): number {
    const recent = this.taken.reduce((sum, one) => sum + one.units, 0);
    if (recent === 0) return Math.min(this.pace, FIRST_PACE * 2) / 2;
    return (recent / Math.max(now - (this.taken[0]?.at ?? now), ADAPT_EVERY_MS)) * 1_000;
  }

  /** Pays off what is owed at the current pace. @returns milliseconds until all is paid */
  private pay(): number {
    const now = this.clock();
    const credit = -this.pace * (ADAPT_EVERY_MS / 1_000);
    if (this.pace === Number.POSITIVE_INFINITY) this.owed = 0;
    else this.owed = Math.max(credit, this.owed - (this.pace * (now - this.owedAt)) / 1_000);
    this.owedAt = now;
    return (this.owed / this.pace) * 1_000;
  }
}
