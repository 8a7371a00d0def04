import type { CleanupResult, CleanupRun } from '../../client';
import { banner } from './banner';
import { fact, setTime } from './card';
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
export function runCard(run: CleanupRun, ownId: string): RunCard {
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
    (state === 'failed' || state === 'unfinished') && advice(run),
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

/** What went wrong with a run, and where somebody reads what to do. */
export function advice({ state, dryRun, failure }: CleanupRun): HTMLElement {
  const failed = state === 'failed';
  return banner(
    '',
    'alert',
    failed ? (failure ?? text.failed) : text.unfinished,
    dryRun ? text.dryRunMore : failed ? text.failedMore : text.unfinishedMore,
  );
}

export function whoBegan({ requestedBy }: CleanupRun, ownId: string, you: string): Node {
  if (requestedBy === undefined) return h('span', {}, text.schedule);
  if (requestedBy === ownId) return h('span', {}, you);
  return h('a', { href: `#/users/${encodeURIComponent(requestedBy)}` }, h('bdi', {}, requestedBy));
}

const tookOf = ({ startedAt, finishedAt, state }: CleanupRun): string =>
  finishedAt ? duration(Date.parse(finishedAt) - Date.parse(startedAt)) : text.tookUnknown[state];
