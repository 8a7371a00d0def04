import { ForbiddenError, NetworkError, SessionError, TimeoutError } from '../../client';
import { banner } from './banner';
import { h } from './dom';
import { timeOfDay } from './times';
import { words } from './words';

const { problems } = words;
/** What is said of a view's own things. */
export type ProblemWords = Readonly<
  Record<'server' | 'stale' | 'forbidden' | 'forbiddenMore', string> &
    Record<'staleSince' | 'offlineSince', (time: string) => string>
>;

/** A failure as people read it. */
export interface Problem {
  readonly kind: 'offline' | 'server' | 'forbidden' | 'invalid';
  readonly title: string;
  readonly more: string;
  readonly requestId?: string;
}

/** @param shownSince when the list that is still on the page was loaded, if there is one */
export function problemOf(error: unknown, shownSince: number | undefined, own: ProblemWords): Problem {
  const time = shownSince === undefined ? undefined : timeOfDay(shownSince);
  if (error instanceof ForbiddenError) {
    return { kind: 'forbidden', title: own.forbidden, more: own.forbiddenMore };
  }
  if (error instanceof SessionError && error.code === 'INVALID_PROFILE_DATA') {
    return { kind: 'invalid', title: problems.badId, more: error.message };
  }
  if (isOffline(error)) {
    const title = navigator.onLine ? problems.unreachable : problems.offline;
    return { kind: 'offline', title, more: time ? own.offlineSince(time) : problems.offlineMore };
  }
  return {
    kind: 'server',
    title: time ? own.stale : own.server,
    more: time ? own.staleSince(time) : problems.serverMore,
    requestId: error instanceof SessionError ? error.requestId : undefined,
  };
}

/** Whether trying again can mend it. */
export const isPassing = ({ kind }: Problem): boolean => kind === 'offline' || kind === 'server';

/** Why something that a person asked for was not done. */
export const whyNot = (error: unknown, text: { readonly offline: string; readonly other: string }): string =>
  isOffline(error) ? text.offline : text.other;

/** Some of many sessions were ended, and then something went wrong. */
export class PartlyEnded extends Error {
  constructor(
    readonly count: number,
    cause: unknown,
  ) {
    super('Not all sessions were ended.', { cause });
  }
}

export function whyNotEnded(error: unknown): string {
  if (error instanceof PartlyEnded) return whyNot(error.cause, problems.partlyEnded(error.count));
  const tooOld = error instanceof SessionError && error.code === 'SIGN_IN_TOO_OLD';
  return tooOld ? problems.notEnded.tooOld : whyNot(error, problems.notEnded);
}

export function problemBanner(problem: Problem, retry: () => void): HTMLElement {
  const { kind, title, more, requestId } = problem;
  const request = requestId !== undefined && h('p', { class: 'muted' }, problems.request(requestId));
  const element = banner(kind, kind === 'offline' ? 'offline' : 'alert', title, more, request);
  if (isPassing(problem)) {
    element.append(h('button', { class: 'button quiet', type: 'button', onclick: retry }, problems.retry));
  }
  return element;
}

const isOffline = (error: unknown): boolean =>
  error instanceof NetworkError || error instanceof TimeoutError || error instanceof TypeError;
