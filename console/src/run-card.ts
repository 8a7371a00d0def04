import type { CleanupResult, CleanupRun } from '../../client';
import { banner } from './banner';
import { fact, setTime } from './card';
import type { Config } from './config';
import { h } from './dom';
import { ago, duration } from './times';
import { words } from './words';

const { cleanups: text } = words;

export interface RunCard {
  readonly element: HTMLElement;
  /** Writes how long ago it was. */
  readonly update: (now: number) => void;
}

/** A run of the cleanup as a card. */
export function runCard(run: CleanupRun, ownId: string, logs: Config['cleanupLog']): RunCard {
  const { state, dryRun, startedAt, result } = run;
  const when = h('time');
  const element = h(
    'li',
    { class: 'card run', 'data-run': run.id },
    h(
      'div',
      { class: 'card-head' },
      h('h3', {}, when),
      h('span', { class: `badge ${state}` }, text.state[state]),
      dryRun && h('span', { class: 'badge plain' }, text.dryRun),
    ),
    h('p', {}, state === 'running' ? text.atWork : result ? summary(run, result) : text.noNumbers),
    h(
      'dl',
      { class: 'facts' },
      fact(text.begunBy, whoBegan(run, ownId, text.you)),
      fact(text.took, tookOf(run)),
      result && overIn(result) > 0 && fact(text.why, reasons(run, result)),
    ),
    (state === 'failed' || state === 'unfinished') && advice(run, logs),
  );
  return { element, update };

  function update(now: number): void {
    setTime(when, startedAt, ago(startedAt, now));
  }
}

/** "1,204 of 52,113 sessions were deleted." */
export function summary({ dryRun }: CleanupRun, result: CleanupResult): string {
  const { totalSessions, deletedSessions } = result;
  return dryRun ? text.wouldGo(overIn(result), totalSessions) : text.deleted(deletedSessions, totalSessions);
}

export const overIn = ({ expiredSessions, inactiveSessions, orphanedSessions }: CleanupResult): number =>
  expiredSessions + inactiveSessions + orphanedSessions;

/** "204 expired, 1,000 idle, 12 inactive, 3 orphaned"; records from before reasons were kept have the first two as one. */
export function reasons({ why }: CleanupRun, result: CleanupResult): string {
  const { reasons: named } = text;
  const over = why ? [named.expired(why.expired), named.idle(why.idle)] : [named.expiredOrIdle(result.expiredSessions)];
  return [...over, named.inactive(result.inactiveSessions), named.orphaned(result.orphanedSessions)].join(', ');
}

/** What went wrong with a run, and links to what to do and, where it is deployed, to what the run logged. */
export function advice(run: CleanupRun, logs: Config['cleanupLog']): HTMLElement {
  const { state, dryRun, failure } = run;
  const failed = state === 'failed';
  const page = failed || dryRun ? 'cleanup-failed' : 'cleanup-missing';
  const links = h(
    'p',
    { class: 'links' },
    h('a', { href: `runbook.html#${page}` }, text.whatToDo),
    logs && h('a', { href: logOf(run, logs), rel: 'noreferrer' }, text.log),
  );
  return banner(
    '',
    'alert',
    failed ? (failure ?? text.failed) : text.unfinished,
    dryRun ? text.dryRunMore : failed ? text.failedMore : text.unfinishedMore,
    links,
  );
}

/** Regions that have a console of their own. */
const PARTITIONS = [
  ['cn-', 'amazonaws.cn'],
  ['us-gov-', 'amazonaws-us-gov.com'],
] as const;

/** Where CloudWatch shows what a run logged. It may have logged for a minute after its end was recorded. */
function logOf({ startedAt, finishedAt }: CleanupRun, { region, group }: NonNullable<Config['cleanupLog']>): string {
  const [, ofPartition = 'aws.amazon.com'] = PARTITIONS.find(([begins]) => region.startsWith(begins)) ?? [];
  const host = `${region}.console.${ofPartition}`;
  // CloudWatch's own escapes: twice encoded in a path, once in what follows it.
  const folder = encodeURIComponent(encodeURIComponent(group)).replaceAll('%', '$');
  const end = finishedAt ? `$26end$3D${Date.parse(finishedAt) + 60_000}` : '';
  const events = `${folder}/log-events$3Fstart$3D${Date.parse(startedAt)}${end}`;
  return `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${events}`;
}

export function whoBegan({ requestedBy }: CleanupRun, ownId: string, you: string): Node {
  if (requestedBy === undefined) return h('span', {}, text.schedule);
  if (requestedBy === ownId) return h('span', {}, you);
  return h('a', { href: `#/users/${encodeURIComponent(requestedBy)}` }, h('bdi', {}, requestedBy));
}

const tookOf = ({ startedAt, finishedAt, state }: CleanupRun): string =>
  finishedAt ? duration(Date.parse(finishedAt) - Date.parse(startedAt)) : text.tookUnknown[state];
