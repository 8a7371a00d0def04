import { runCommand, UsageProblem } from '../command/command';
import { confirm } from '../command/confirm';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { counted, number, Progress } from '../command/progress';
import { systemClock } from '../lambda/aws/retry';
import { nothingSwept, type SweepProgress } from '../lambda/cleanup/progress';
import type { CleanupResult } from '../lambda/cleanup/recorded-run';
import { isOpen } from '../lambda/cleanup/recorded-run';
import { RunLog } from '../lambda/cleanup/run-log';
import { Sweeper, type SweepPlan, sweepClient } from '../lambda/cleanup/sweep';
import { CLOCK_MARGIN_MS, DEFAULT_POLICY, isoTime, type Policy, readTime } from '../lambda/domain/session';
import { connectionOptions } from './connection';
import { positive, readTableFlags } from './flags';
import { readInterrupted, writeInterrupted } from './interrupted';
import type { TableAccess } from './local-table';
import { approximateItems, openTable, sentence } from './table';

const USAGE = `Usage: npm run cleanup -- [flags]
Deletes the sessions that are over from the local table, or from the one that --table names.
  --dry-run              count what would be deleted, and why; delete nothing
  --as-of TIME           decide as if it were that time (ISO 8601)
  --margin SECONDS       spare sessions that have been over for less (60; with --as-of 0)
  --idle-minutes N       use this idle timeout instead of each session's own
  --max-age-days N       use this maximum age instead of 30 days
  --rate N               use at most N write units per second
  --table NAME           use another table; the AWS SDK's settings give region and credentials
  --endpoint URL         use another DynamoDB endpoint, with --table
  --resume FILE          continue an interrupted run
  --yes                  do not ask; otherwise it asks if the table is not local, or --as-of is in the future
  --json                 print the result as one line of JSON`;

/** `npm run cleanup`: the sweep of the scheduled cleanup, for people. */
runCommand(async () => {
  const flags = readTableFlags('cleanup', USAGE, {
    'as-of': { type: 'string' },
    margin: { type: 'string' },
    'idle-minutes': { type: 'string' },
    'max-age-days': { type: 'string' },
    rate: { type: 'string' },
    table: { type: 'string' },
    endpoint: { type: 'string' },
    resume: { type: 'string' },
    yes: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const);
  const { dryRun } = flags;
  const fixed = (['as-of', 'margin', 'idle-minutes', 'max-age-days'] as const).find(
    (flag) => flags[flag] !== undefined,
  );
  if (flags.resume !== undefined && fixed)
    throw new UsageProblem(
      `--${fixed} cannot be used with --resume, which continues with the settings of the interrupted run.`,
    );
  const asOf = asOfFrom(flags['as-of'], flags.margin);
  const policy = policyFrom(flags['idle-minutes'], flags['max-age-days']);
  const writeUnitsPerSecond = positive('--rate', flags.rate);
  const interrupted = flags.resume === undefined ? undefined : readInterrupted(flags.resume, dryRun);

  const table = await openTable(flags.table, flags.endpoint);
  const client = sweepClient(await connectionOptions(table.client), systemClock);
  try {
    const plan = interrupted?.plan ?? { tableName: table.tableName, asOf, dryRun, policy };
    if (plan.tableName !== table.tableName)
      throw new Problem(`${flags.resume} belongs to the table ${plan.tableName}, not to ${table.tableName}.`);
    if (!dryRun && !flags.yes) await confirmDeleting(table, plan.asOf);

    if (!dryRun) await warnOfAnother(client, plan.tableName);

    const failures: { sessionId: string; cause: unknown }[] = [];
    const unreadable: unknown[] = [];
    let stopping = false;
    const stop = () => {
      stopping = true;
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);

    const from = interrupted?.progress ?? nothingSwept();
    const progress = new Progress('Examined', await approximateItems(client, plan.tableName));
    let found = overIn(from.result);
    progress.advance(from.result.totalSessions);
    const sweeper = new Sweeper(client, plan, {
      clock: systemClock,
      writeUnitsPerSecond,
      onFailure: (sessionId, cause) => failures.push({ sessionId, cause }),
      onUnreadable: (cause) => unreadable.push(cause),
      onPage: (examined, ended) => {
        found += ended;
        progress.advance(examined, `${number(found)} over`);
      },
    });
    const swept = await sweeper.sweepPart(from, () => !stopping);
    const { result } = swept;
    progress.finish(`${number(overIn(result))} over`);

    if (flags.json) console.log(JSON.stringify(result));
    else console.log(summary(plan, swept));
    for (const { sessionId, cause } of failures.slice(0, 10)) {
      console.error(`Not deleted: ${printable(`${sessionId}: ${(cause as Error).message}`)}`);
    }
    if (swept.rest.length > 0 && dryRun && flags.resume) {
      console.error(`Interrupted. Nothing was deleted, and ${flags.resume} is unchanged.`);
      process.exitCode = 130;
    } else if (swept.rest.length > 0) {
      const file = flags.resume ?? `cleanup-${plan.tableName}${dryRun ? '-dry-run' : ''}.json`;
      writeInterrupted(file, { plan, progress: swept });
      const where = [flags.table && ` --table ${flags.table}`, flags.endpoint && ` --endpoint ${flags.endpoint}`]
        .filter(Boolean)
        .join('');
      console.error(
        `Interrupted. The counts above are done. To continue: npm run cleanup -- --resume ${file}${where}${dryRun ? ' --dry-run' : ''}`,
      );
      process.exitCode = 130;
    } else if (unreadable.length > 0) {
      throw unreadable[0];
    } else if (result.errors > 0) {
      console.error(`Error: ${counted(result.errors, 'ended session')} could not be deleted. Run it again.`);
      process.exitCode = 1;
    }
  } catch (error) {
    throw sentence(error, table.tableName);
  } finally {
    client.destroy();
    await table.close();
  }
});

const overIn = (result: CleanupResult) => result.expiredSessions + result.inactiveSessions + result.orphanedSessions;

/** Asks before it deletes from a table in AWS, or deletes sessions that are live today. */
async function confirmDeleting({ tableName, remote }: TableAccess, asOf: number): Promise<void> {
  const isFuture = asOf > Date.now();
  if (!isFuture && !remote) return;
  const where = remote ? `the table ${tableName} (${remote})` : `the local table ${tableName}`;
  const when = isFuture
    ? `at ${isoTime(asOf)}. That is in the future: sessions that are live now are deleted too`
    : `at ${isoTime(asOf)}`;
  await confirm(`This deletes from ${where} every session that is over ${when}`, remote ? tableName : 'delete');
}

/** Two cleanups at once do no harm, but each counts what the other one deleted. */
async function warnOfAnother(client: ReturnType<typeof sweepClient>, tableName: string): Promise<void> {
  const runsTable = tableName.replace('-user-sessions-', '-cleanup-runs-');
  if (runsTable === tableName) return;
  // Whoever may clean up need not be allowed to read the runs.
  const runs = await new RunLog(client, runsTable).latest().catch(() => []);
  const other = runs.find((run) => !run.dryRun && isOpen(run, Date.now()));
  if (!other) return;
  const since = isoTime(other.startedAt);
  console.error(`Warning: a cleanup has been running since ${since}. A session that both delete is counted by both.`);
}

function summary(plan: SweepPlan, { result, why: reasons, unreadable }: SweepProgress): string {
  const unread = Object.entries(unreadable).map(
    ([time, count]) => [`orphaned: ${time} cannot be read`, count] as const,
  );
  const why = [...Object.entries(reasons), ...unread]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `    ${number(count).padStart(12)}  ${reason}`);
  const rows = [
    ['examined', result.totalSessions],
    ['expired', result.expiredSessions],
    ['inactive', result.inactiveSessions],
    ['orphaned', result.orphanedSessions],
    [plan.dryRun ? 'would be deleted' : 'deleted', plan.dryRun ? overIn(result) : result.deletedSessions],
    ['errors', result.errors],
  ] as const;
  return [
    `${plan.tableName}, over at ${isoTime(plan.asOf)}${plan.dryRun ? ' (dry run: nothing was deleted)' : ''}`,
    ...rows.map(([name, count]) => `  ${number(count).padStart(14)}  ${name}`),
    ...(why.length > 0 ? ['  why:', ...why] : []),
  ].join('\n');
}

function asOfFrom(asOf: string | undefined, margin: string | undefined): number {
  const time = asOf === undefined ? Date.now() : readTime(asOf);
  if (time === undefined)
    throw new UsageProblem(`--as-of is "${asOf}"; an ISO 8601 time is expected, like 2026-11-23T12:00:00Z.`);
  const seconds = margin === undefined ? (asOf === undefined ? CLOCK_MARGIN_MS / 1_000 : 0) : Number(margin);
  if (margin?.trim() === '' || !(seconds >= 0))
    throw new UsageProblem(`--margin is "${margin}"; a number of seconds is expected.`);
  return time - seconds * 1_000;
}

function policyFrom(idleMinutes: string | undefined, maxAgeDays: string | undefined): Policy {
  return {
    maxAgeDays: positive('--max-age-days', maxAgeDays) ?? DEFAULT_POLICY.maxAgeDays,
    idleMinutes: positive('--idle-minutes', idleMinutes),
  };
}
