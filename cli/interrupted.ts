import { readFileSync, writeFileSync } from 'node:fs';
import { UsageProblem } from '../command/command';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { nothingSwept, type SweepProgress } from '../lambda/cleanup/progress';
import { type CleanupResult, NOTHING_CLEANED } from '../lambda/cleanup/recorded-run';
import type { SweepPlan } from '../lambda/cleanup/sweep';

/** What an interrupted run leaves behind, to go on from. */
export interface Interrupted {
  readonly plan: SweepPlan;
  readonly progress: SweepProgress;
}

/**
 * Reads what an interrupted run has left behind.
 * @param dryRun whether nothing may be deleted, whatever the file says
 * @returns in a dry run of a real cleanup's rest, a plan that deletes nothing and counts from zero
 * @throws a problem if it is no such file, or if it is a dry run's that would now delete
 */
export function readInterrupted(file: string, dryRun: boolean): Interrupted {
  const name = printable(file);
  const state = parse(file);
  const { plan, progress } = state;
  if (plan.dryRun && !dryRun) {
    throw new UsageProblem(
      `${name} is from an interrupted dry run. To continue it, add --dry-run. To delete sessions, start again without --resume. Nothing was deleted.`,
    );
  }
  if (plan.dryRun || !dryRun) return state;
  const { segments, rest } = progress;
  return { plan: { ...plan, dryRun: true }, progress: { ...nothingSwept(segments), rest } };
}

export const writeInterrupted = (file: string, state: Interrupted): void => writeFileSync(file, JSON.stringify(state));

function parse(file: string): Interrupted {
  const name = printable(file);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Problem(`There is no file ${name}.`);
    throw new Problem(`${name} cannot be read (${printable(message)}). Nothing was deleted.`);
  }
  try {
    const state = JSON.parse(text) as Interrupted;
    if (isInterrupted(state)) return state;
  } catch {
    // Said below.
  }
  throw new Problem(`${name} was not written by an interrupted cleanup. Nothing was deleted.`);
}

const isInterrupted = ({ plan, progress }: Interrupted): boolean =>
  typeof plan.tableName === 'string' &&
  Number.isFinite(plan.asOf) &&
  Number.isFinite(plan.policy.maxAgeDays) &&
  Number.isInteger(progress.segments) &&
  Array.isArray(progress.failed) &&
  progress.rest.every(({ segment }) => Number.isInteger(segment)) &&
  Object.keys(NOTHING_CLEANED).every((count) => Number.isFinite(progress.result[count as keyof CleanupResult]));
