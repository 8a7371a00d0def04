import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { counted, number, Progress } from '../command/progress';
import type { Calls } from '../lambda/aws/calls';
import { systemClock } from '../lambda/aws/retry';
import { nothingSwept } from '../lambda/cleanup/progress';
import type { CleanupResult } from '../lambda/cleanup/recorded-run';
import { type Selection, Sweeper } from '../lambda/cleanup/sweep';
import { DEFAULT_POLICY } from '../lambda/domain/session';
import { endMatching, type Found, matchingOnly, nothingFound, sampleOf } from './end-matching';
import type { TableAccess } from './local-table';
import type { SessionFilter } from './session-filter';

/** Asks a person, unless they do not want to be. @param word to be typed */
export type Ask = (what: string, word: string) => Promise<void>;

/** Every time that an item can hold lies before it: at that instant each session is over by the rule. */
export const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

const MOST_FAILURES_SHOWN = 10;

/** A table to sweep. */
export interface Many {
  readonly client: Calls;
  readonly table: TableAccess;
  /** Write units per second. */
  readonly rate: number | undefined;
  /** About how many items it has; 0 if that is not known. */
  readonly items: number;
}

interface Hooks {
  /** No, once Ctrl-C was pressed. */
  readonly mayGoOn: () => boolean;
  readonly onFailure: (sessionId: string, cause: unknown) => void;
}

interface Swept {
  readonly result: CleanupResult;
  /** The first ones, in sentences. */
  readonly failures: readonly string[];
  /** Why parts of the table could not be read. */
  readonly unreadable: readonly unknown[];
  readonly isStopped: boolean;
}

/** Sweeps the table once. @param selection by default, every session */
async function sweep(
  { client, table: { tableName }, rate, items }: Many,
  dryRun: boolean,
  selection?: (hooks: Hooks) => Selection,
): Promise<Swept> {
  const failures: string[] = [];
  const unreadable: unknown[] = [];
  const failed = (what: string) => (sessionId: string, cause: unknown) => {
    const sentence = `${what}: ${printable(`${sessionId}: ${(cause as Error).message}`)}`;
    if (failures.length < MOST_FAILURES_SHOWN) failures.push(sentence);
  };
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  const mayGoOn = () => !isStopped;
  // Once: a second Ctrl-C does not wait for what is under way.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const progress = new Progress('Examined', items);
  let selected = 0;
  const note = () => `${number(selected)} ${dryRun ? 'found' : 'ended'}`;
  const sweeper = new Sweeper(
    client,
    { tableName, asOf: END_OF_TIME, dryRun, policy: DEFAULT_POLICY },
    {
      clock: systemClock,
      writeUnitsPerSecond: rate,
      selection: selection?.({ mayGoOn, onFailure: failed('Not ended') }),
      onFailure: failed('Not deleted'),
      onUnreadable: (cause) => unreadable.push(cause),
      onPage: (examined, some) => {
        selected += some;
        progress.advance(examined, note());
      },
    },
  );
  const { result } = await sweeper.sweepPart(nothingSwept(), mayGoOn);
  progress.finish(note());
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return { result, failures, unreadable, isStopped };
}

/** @returns whether all was examined, so that the counts are true */
function isWhole({ isStopped, unreadable }: Swept): boolean {
  if (isStopped) {
    console.error('Interrupted. Nothing was ended.');
    process.exitCode = 130;
  } else if (unreadable.length > 0) {
    console.error('Not all of the table could be read. Nothing was ended.');
    throw unreadable[0];
  }
  return !isStopped;
}

/**
 * Says how many sessions have ended.
 * @param left how many could not be ended
 * @param found how many there were before somebody was asked
 * @throws if some could not
 */
function conclude({ table }: Many, swept: Swept, ended: number, left: number, found = 0): void {
  console.log(`Ended ${counted(ended, 'session')} in ${table.tableName}.`);
  for (const failure of swept.failures) console.error(failure);
  const stored = ended - swept.result.deletedSessions;
  if (stored > 0) {
    console.error(`Of these, still stored: ${number(stored)}. The next cleanup deletes and announces them.`);
    process.exitCode = 1;
  }
  if (swept.isStopped) {
    console.error('Interrupted. Run it again to end the rest.');
    process.exitCode = 130;
    return;
  }
  if (swept.unreadable.length > 0) {
    console.error('Not all of the table was done: sessions may be left. Run it again.');
    throw swept.unreadable[0];
  }
  const fewer = found - ended - left;
  if (fewer > 0) console.log(`${number(fewer)} fewer than were found: used in the meantime, or ended otherwise.`);
  if (left > 0) throw new Problem(`${counted(left, 'session')} could not be ended. Run it again.`);
}

/** Ends every session. */
export async function endEveryone(many: Many, dryRun: boolean, ask: Ask): Promise<void> {
  const { table } = many;
  if (!dryRun) await ask('Everybody has to sign in again: this ends EVERY session', table.tableName);
  const swept = await sweep(many, dryRun);
  const { totalSessions, deletedSessions, errors } = swept.result;
  if (!dryRun) conclude(many, swept, deletedSessions, errors);
  else if (isWhole(swept)) console.log(`${table.tableName} has ${counted(totalSessions, 'session')}. None was ended.`);
}

/** Shows the sessions that match, and ends them. */
export async function endMany(many: Many, filter: SessionFilter, dryRun: boolean, ask: Ask): Promise<void> {
  const { client, table } = many;
  const { tableName } = table;
  const clock = systemClock;
  const found = nothingFound();
  if (!isWhole(await sweep(many, true, () => matchingOnly(filter, clock, found)))) return;
  console.log(inWords(found, filter, tableName));
  if (dryRun || found.matching === 0) return console.log('None was ended.');
  await ask(`This ends ${counted(found.matching, 'session')}`, table.remote ? tableName : 'end');

  // Each is decided about again: in the meantime, some may have been used, and others have registered.
  let [ended, failed] = [0, 0];
  const swept = await sweep(many, false, ({ mayGoOn, onFailure }) =>
    endMatching(filter, {
      calls: client,
      tableName,
      clock,
      mayGoOn,
      onEnd: () => ended++,
      onFailure: (...failure) => {
        failed++;
        onFailure(...failure);
      },
    }),
  );
  conclude(many, swept, ended, failed, found.matching);
}

/** What was found, for a person who decides whether to end it. */
function inWords(
  { matching, unplaced, missed, over, sample }: Found,
  { words }: SessionFilter,
  tableName: string,
): string {
  return [
    `Found ${counted(matching, 'live session')} in ${tableName} for: ${printable(words)}.`,
    ...(sample.length > 0 ? ['For example:', sampleOf(sample)] : []),
    ...(unplaced > 0 ? [`Included: ${number(unplaced)} whose address or country is not known.`] : []),
    ...(missed > 0 ? [`Not included: ${number(missed)} whose address or country is not known.`] : []),
    ...(over > 0 ? [`Not included: ${number(over)} that match but are over. The cleanup deletes them.`] : []),
  ].join('\n');
}
