import type { OutsideReason } from './ended';
import type { SessionStore } from './store';

/** How many sessions are being ended at once. */
const AT_ONCE = 25;

/**
 * Ends sessions, one conditional write each and not by a batch: a batch does not tell what was there, and what is told
 * of an ending must be true.
 * @param end ends one, and says whether it was there
 * @returns the ids of those that were
 */
export async function endEach(ids: readonly string[], end: (sessionId: string) => Promise<boolean>): Promise<string[]> {
  const ended: string[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const ending = ids.slice(start, start + AT_ONCE).map(async (id) => {
      if (await end(id)) ended.push(id);
    });
    await Promise.all(ending);
  }
  return ended;
}

/**
 * Ends all sessions of a user, for a reason from outside: marked with it first, so that the event of each ending can
 * tell it, then deleted. The mark alone ends a session: what fails in between is over all the same.
 *
 * The index is asked once. What it does not show yet was registered in this very moment, and goes on like what is
 * registered in the next one: only the provider that signs the user in can keep a sign-in from that.
 * @param signedInBy epoch milliseconds: sessions of later sign-ins stay
 * @returns the ids of those that this call ended
 */
export async function endAllSessions(
  store: SessionStore,
  userId: string,
  reason: OutsideReason,
  signedInBy: number,
): Promise<string[]> {
  const end = async (id: string) =>
    (await store.markEnded(id, userId, reason, signedInBy)) && (await store.delete(id, userId));
  return endEach(await store.idsOf(userId), end);
}
