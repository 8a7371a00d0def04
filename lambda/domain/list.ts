import type { Identity } from './caller';
import { endOf, lastUsed, type Policy, type StoredSession } from './session';
import type { SessionStore } from './store';

/** Where a page of the list ended. */
export interface Position {
  /** Epoch milliseconds. */
  readonly lastUsed: number;
  readonly sessionId: string;
}

export interface Page {
  readonly sessions: StoredSession[];
  /** Where the next page starts, when there is one. */
  readonly next?: Position;
}

/** A user's live sessions: the caller's current one first, then the latest used. */
export async function listSessions(
  store: SessionStore,
  caller: Identity,
  userId: string,
  page: { limit: number; after?: Position },
  now: number,
  policy: Policy,
): Promise<Page> {
  const own = caller.userId === userId ? caller.signInId : undefined;
  // The index may not have the current one yet.
  const ids = new Set([...(await store.idsOf(userId)), ...(own === undefined ? [] : [own])]);
  const live = (await store.read([...ids], userId)).filter((session) => !endOf(session, now, policy));
  const rank = (session: StoredSession) => (session.sessionId === own ? Number.POSITIVE_INFINITY : lastUsed(session));
  const sorted = live
    .map((session) => ({ session, position: { lastUsed: rank(session), sessionId: session.sessionId } }))
    .sort((a, b) => order(a.position, b.position));
  const { after } = page;
  // The current session leads the first page and no other, even when its position has moved since.
  const rest = after
    ? sorted.filter(({ position }) => position.sessionId !== own && order(after, position) < 0)
    : sorted;
  const shown = rest.slice(0, page.limit);
  const last = shown[shown.length - 1];
  return {
    sessions: shown.map(({ session }) => session),
    ...(last && rest.length > shown.length && { next: last.position }),
  };
}

const order = (a: Position, b: Position): number =>
  (b.lastUsed === a.lastUsed ? 0 : b.lastUsed - a.lastUsed) ||
  (a.sessionId < b.sessionId ? -1 : a.sessionId > b.sessionId ? 1 : 0);
