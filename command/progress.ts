const EVERY_MS = { terminal: 100, pipe: 10_000 };
const BAR_WIDTH = 24;

/** How far a long job is, on standard error: a bar on a terminal, a plain line now and then in a pipe. */
export class Progress {
  private done = 0;
  private shownAt = 0;
  private readonly startedAt = Date.now();
  private readonly terminal = process.stderr.isTTY === true;

  /** @param total how many there are to do; 0 where that is not known */
  constructor(
    private readonly label: string,
    private readonly total: number,
  ) {}

  /** @param more done since the last call, and what to say of it */
  advance(more: number, note = ''): void {
    this.done += more;
    const now = Date.now();
    if (now - this.shownAt < (this.terminal ? EVERY_MS.terminal : EVERY_MS.pipe)) return;
    if (!this.terminal && this.shownAt === 0) {
      // A job that is over in a moment says nothing on the way.
      this.shownAt = now;
      return;
    }
    this.shownAt = now;
    this.show(note);
  }

  /** Shows the end, and leaves the line on a terminal. */
  finish(note = ''): void {
    if (!this.terminal) return;
    this.show(note);
    process.stderr.write('\n');
  }

  private show(note: string): void {
    const seconds = (Date.now() - this.startedAt) / 1_000;
    const rate = this.done / Math.max(seconds, 0.001);
    const part = this.total > 0 ? Math.min(1, this.done / this.total) : undefined;
    const left = part && part < 1 ? `, ${Math.ceil((this.total - this.done) / Math.max(rate, 0.001))} s left` : '';
    const text = `${this.label} ${number(this.done)}${part === undefined ? '' : ` of about ${number(this.total)}`}, ${number(rate)}/s${left}${note && `, ${note}`}`;
    if (!this.terminal) return void process.stderr.write(`${text}\n`);
    process.stderr.write(`\r\x1b[2K${part === undefined ? '' : bar(part)}${text}`);
  }
}

function bar(part: number): string {
  const filled = Math.round(part * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] `;
}

/** A number of things, such as "1 session" and "2,000 sessions". */
export const counted = (count: number, thing: string): string => `${number(count)} ${thing}${count === 1 ? '' : 's'}`;

export const number = (value: number): string => Math.round(value).toLocaleString('en');
