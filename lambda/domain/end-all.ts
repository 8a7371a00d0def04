import type { OutsideReason } from './ended';
import type { SessionStore } from './store';

const AT_ONCE = 25;
/** The index may follow the table a moment late: so often it is asked again whether there is more. */
const MOST_ROUNDS = 5;

/**
 * Ends all sessions of a user, for a reason from outside: marked with it first, so that the event of each ending can
 * tell it, then deleted. The mark alone ends a session: what fails in between is over all the same.
 * @returns the ids of those that this call ended
 */
export async function endAllSessions(store: SessionStore, userId: string, reason: OutsideReason): Promise<string[]> {
  const seen = new Set<string>();
  const ended: string[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const ids = (await store.idsOf(userId)).filter((id) => !seen.has(id));
    if (ids.length === 0) break;
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const batch = ids.slice(start, start + AT_ONCE);
      await Promise.all(
        batch.map(async (id) => {
          seen.add(id);
          await store.markEnded(id, userId, reason);
          if (await store.delete(id, userId)) ended.push(id);
        }),
      );
    }
  }
  return ended;
}
