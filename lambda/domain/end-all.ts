import type { OutsideReason } from './ended';
import { tryAgain } from './errors';
import type { SessionStore } from './store';

/** How many sessions are being ended at once. */
const LANES = 25;

export interface Ended {
  readonly ids: readonly string[];
  /** Whether some were not ended: time was up, or the database could not serve it. */
  readonly remaining: boolean;
}

export interface EndOptions {
  /** Called for each that was there and has been ended. */
  readonly onEnd?: (sessionId: string) => void;
  /** Asked before each. @default - there is time for all */
  readonly isTimeLeft?: () => boolean;
}

/**
 * Ends sessions, one conditional write each and not by a batch: a batch does not say what was there, and what is
 * reported of an ending must be true. When it returns or throws, nothing is in flight.
 * @param end ends one, and says whether it was there
 * @throws what kept it from ending any of them: if some were ended, they are returned
 */
export async function endEach(
  ids: readonly string[],
  end: (sessionId: string) => Promise<boolean>,
  { onEnd = () => undefined, isTimeLeft = () => true }: EndOptions = {},
): Promise<Ended> {
  const ended: string[] = [];
  let failure: unknown;
  let next = 0;
  const lane = async () => {
    while (next < ids.length && failure === undefined && isTimeLeft()) {
      const id = ids[next++] as string;
      try {
        if (!(await end(id))) continue;
        ended.push(id);
        onEnd(id);
      } catch (error) {
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const remaining = failure !== undefined || next < ids.length;
  if (remaining && ended.length === 0) throw failure ?? tryAgain();
  return { ids: ended, remaining };
}

/**
 * Ends all sessions of a user, for a reason from outside: each is marked with it first, so that the event of its ending
 * can say it, then deleted. The mark alone ends a session: what fails in between is over all the same.
 *
 * The index is asked once. What it does not show yet was registered in this very moment, and goes on like what is
 * registered in the next one: only the provider that signs the user in can keep a sign-in from that.
 * @param signedInBy epoch milliseconds: sessions of later sign-ins go on
 * @param clock epoch milliseconds
 */
export async function endAllSessions(
  store: SessionStore,
  userId: string,
  reason: OutsideReason,
  { signedInBy, clock, ...options }: EndOptions & { readonly signedInBy: number; readonly clock: () => number },
): Promise<Ended> {
  const end = async (id: string) =>
    (await store.markEnded(id, userId, reason, signedInBy, clock())) && (await store.delete(id, userId));
  return endEach(await store.idsOf(userId), end, options);
}
