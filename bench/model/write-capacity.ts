/**
 * A table's write capacity as a token bucket, which is how DynamoDB's authors describe their admission control. It
 * fills continuously and holds what one second brings, so a burst is at most that. It starts empty
 * at the first write, so no run can use more than the limit times its duration. (DynamoDB may save up to five minutes of
 * unused capacity, but does not promise it.)
 */
export class WriteCapacity {
  private tokens = 0;
  private filledAt: number | undefined;

  /**
   * @param unitsPerSecond infinite for a table that never throttles
   * @param clock milliseconds
   */
  constructor(
    private readonly unitsPerSecond: number,
    private readonly clock: () => number,
  ) {}

  /** Takes the units, or none if there are not enough. */
  take(units: number): boolean {
    if (this.unitsPerSecond === Number.POSITIVE_INFINITY) return true;
    const now = this.clock();
    const filled = this.tokens + ((now - (this.filledAt ?? now)) / 1_000) * this.unitsPerSecond;
    this.tokens = Math.min(this.unitsPerSecond, filled);
    this.filledAt = now;
    if (this.tokens < units) return false;
    this.tokens -= units;
    return true;
  }
}
