import type { Connection, Identity } from './caller';
import { Refusal, sessionEnded, tryAgain } from './errors';
import { absoluteEnd, endOf, type Limits, newSession, type Policy, type StoredSession } from './session';
import { limitGuard, type SessionLimit } from './session-limit';
import type { SessionStore } from './store';

/** A mark younger than this without its session may be a registration in flight. */
const IN_FLIGHT_MS = 3_000;
const LOOK_AGAIN_MS = 250;

export interface Registration {
  readonly session: StoredSession;
  /** False when this sign-in had registered already and the session is the one from then. */
  readonly created: boolean;
  /** The ids of the user's sessions that were ended to make room for it. */
  readonly ended: readonly string[];
}

export interface RegisterPorts {
  readonly store: SessionStore;
  readonly limits: Limits;
  /** @default - the contract's */
  readonly policy?: Policy;
  /** @default - unlimited */
  readonly sessionLimit?: SessionLimit;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** A name for this one registration, never used before. */
  readonly newRegistration: () => string;
}

/**
 * Registers a sign-in's session, once in the sign-in's life: first the mark, then the session, both by
 * conditional writes. However the session ends, the mark stays, and no token of that sign-in opens another.
 */
export async function registerSession(
  { store, limits, policy, sessionLimit, clock, sleep, newRegistration }: RegisterPorts,
  identity: Identity,
  connection: Connection,
  userAgent: string,
): Promise<Registration> {
  const now = clock();
  const { userId, signInId, signedInAt } = identity;
  if (absoluteEnd(signedInAt, limits) <= now) {
    throw new Refusal('SIGN_IN_TOO_OLD', 'This sign-in is older than a session may last. Sign in again.');
  }
  // The sign-in's id is also its session's.
  const [signIn, sessionId] = [signInId, signInId];
  const registration = newRegistration();

  const session = newSession(
    { sessionId, userId, namesSignIn: true, signedInAt },
    { ipAddress: connection.ipAddress, userAgent },
    limits,
    now,
    policy,
  );
  const guard = sessionLimit && limitGuard(store, sessionLimit, { userId, sessionId }, now, policy);
  let isMarked = false;
  try {
    isMarked = await store.markSignIn(signIn, { registeredAt: now, registration });
    if (isMarked && guard) await guard.before();
    if (isMarked && (await store.create(session))) {
      return { session, created: true, ended: (await guard?.after()) ?? [] };
    }
  } catch (error) {
    await takeBack().catch(() => undefined);
    throw error;
  }
  return { session: await registeredBefore(), created: false, ended: [] };

  /** Takes both writes back: either may have been applied, though its answer was lost. */
  async function takeBack(): Promise<void> {
    // The session first: one without its mark could be ended, and then registered again.
    if (isMarked) await store.delete(sessionId, userId);
    await store.unmarkSignIn(signIn, registration);
  }

  async function registeredBefore(): Promise<StoredSession> {
    for (;;) {
      const [found, mark] = await Promise.all([store.find(sessionId), store.findSignIn(signIn)]);
      if (found?.userId === userId && !endOf(found, clock(), policy)) return found;
      // The registration that was in flight has failed and taken its mark back: the sign-in may register again.
      if (!found && !mark) throw tryAgain();
      const inFlight = !found && mark && clock() - mark.registeredAt < IN_FLIGHT_MS;
      if (!inFlight) throw sessionEnded('ended');
      // Waiting out the few moments in which "in flight" and "just ended" look alike gives every caller
      // the definite answer.
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
