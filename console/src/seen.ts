/** What a person has seen of their list on this browser. */
interface Seen {
  /** The session of this browser: another one is another visit. */
  readonly visit: string;
  /** The ids that were in the list at the visit before; absent at the first one, when everything is new. */
  readonly before?: readonly string[];
  /** The ids that have been in the list at this visit. */
  readonly now: readonly string[];
}

export interface SeenSessions {
  /** Whether a session was not in the list at the visit before. */
  readonly isNew: (sessionId: string) => boolean;
}

/**
 * Remembers a list, and tells which of its sessions are new since the last visit. A reload of the page is the same visit.
 * @param visit the id of this browser's own session
 * @param sessionIds all of the person's sessions
 */
export function seenSessions(userId: string, visit: string, sessionIds: readonly string[]): SeenSessions {
  const key = `seen-sessions:${userId}`;
  const last = stored(key);
  const before = last?.visit === visit ? last.before : last?.now;
  try {
    const seen: Seen = { visit, before, now: sessionIds };
    localStorage.setItem(key, JSON.stringify(seen));
  } catch {
    // A browser that stores nothing shows no marks.
  }
  return { isNew: (sessionId) => before !== undefined && sessionId !== visit && !before.includes(sessionId) };
}

function stored(key: string): Seen | undefined {
  try {
    const seen = JSON.parse(localStorage.getItem(key) ?? 'null');
    return Array.isArray(seen?.now) ? seen : undefined;
  } catch {
    return undefined;
  }
}
