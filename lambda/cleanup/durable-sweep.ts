import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { AWAY, type SweepProgress } from './progress';
import type { Sweeper } from './sweep';

/** A part ends within this time and the one request that is in flight then. */
const PART_MS = 120_000;
/** No part begins later than this in an invocation: with the last one, it stays within the function's 15 minutes. */
const INVOCATION_MS = 720_000;
/** The sweep gives up after this many parts in a row without progress: about an hour and a half. */
const MOST_STALLED = 15;

/** Seconds to wait for a table that is away: from 5 up to 300. */
const longBackoff = (stalled: number): number => Math.min(300, 5 * 2 ** (stalled - 1));

/**
 * Sweeps a table within a durable execution. Each part is one step, whose result is the checkpoint of all segments; a
 * run that crashed continues there. What the crashed part had deleted is gone, but not counted. A part ends before its
 * time only if all is swept, so a day has at most 720 parts, each with at most one wait.
 * @param now epoch milliseconds
 */
export async function durableSweep(
  context: Pick<DurableContext, 'step' | 'wait'>,
  sweeper: Pick<Sweeper, 'sweepPart'>,
  start: SweepProgress,
  now: () => number,
): Promise<SweepProgress> {
  // Of this invocation only. A replay decides by what its steps returned.
  const invocationEnd = now() + INVOCATION_MS;
  let progress = start;
  for (let stalled = 0; progress.rest.length > 0 && stalled < MOST_STALLED; ) {
    const from = progress;
    const { outOfTime, ...to } = await context.step('part', async () => {
      const end = now() + PART_MS;
      const to = await sweeper.sweepPart(from, () => now() < end, Number.POSITIVE_INFINITY);
      return { ...to, outOfTime: now() >= invocationEnd };
    });
    progress = to;
    stalled = to.result.totalSessions > from.result.totalSessions ? 0 : stalled + 1;
    // A wait ends this invocation and begins another one.
    const seconds = stalled > 0 ? longBackoff(stalled) : Number(outOfTime);
    if (to.rest.length > 0 && seconds > 0) await context.wait({ seconds });
  }
  const { rest, failed, cause } = progress;
  return { ...progress, rest: [], failed: [...failed, ...rest], cause: rest.length > 0 ? AWAY : cause };
}
