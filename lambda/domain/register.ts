import type { Identity } from './caller';
import { Refusal, sessionEnded } from './errors';
import {
  absoluteEnd,
  endOf,
  type Limits,
  newSession,
  type Policy,
  type RegisteredDevice,
  type StoredSession,
} from './session';
import { makeRoom, type SessionLimit } from './session-limit';
import type { SessionStore } from './store';

export interface Registration {
  readonly session: StoredSession;
  /** False if this sign-in had already registered; the session is the one from then. */
  readonly created: boolean;
}

export interface RegisterDeps {
  readonly store: SessionStore;
  readonly limits: Limits;
  readonly policy: Policy;
  /** @default - unlimited */
  readonly sessionLimit?: SessionLimit;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /**
   * Waits before another attempt.
   * @param attempt how many attempts there have been
   * @throws the refusal `TRY_AGAIN` if no time is left
   */
  readonly beforeRetry: (attempt: number) => Promise<void>;
  /** Called for each session that was ended to make room. */
  readonly onEnd: (sessionId: string) => void;
}

/**
 * Registers a sign-in's session, once in the sign-in's life: the mark and the session are written in one transaction.
 * However the session ends, the mark stays, and no token of that sign-in opens another.
 */
export async function registerSession(
  { store, limits, policy, sessionLimit, clock, beforeRetry, onEnd }: RegisterDeps,
  { userId, signInId, signedInAt }: Identity,
  device: RegisteredDevice,
): Promise<Registration> {
  const now = clock();
  const lasts = absoluteEnd(signedInAt, limits);
  if (lasts <= now) {
    // A live session was registered under limits that allowed more: limits apply at the first registration only.
    const { session: before } = await store.findRegistration(signInId);
    if (isLiveOwn(before)) return { session: before, created: false };
    throw new Refusal('SIGN_IN_TOO_OLD', 'This sign-in is older than a session may last. Sign in again.');
  }
  const session = newSession({ sessionId: signInId, userId, signedInAt }, device, limits, now, policy);

  for (let attempt = 1; ; attempt++) {
    const room = sessionLimit && (await makeRoom(store, sessionLimit, { session, lasts }, clock(), policy, onEnd));
    if (room !== 'registered' && (await store.register(session, now, room))) {
      room?.ended.forEach(onEnd);
      return { session, created: true };
    }
    const before = await registeredBefore();
    if (before) return { session: before, created: false };
    // The user's list has changed since it was read.
    await beforeRetry(attempt);
  }

  function isLiveOwn(found: StoredSession | undefined): found is StoredSession {
    return found?.userId === userId && !endOf(found, clock(), policy);
  }

  /** @returns undefined when the sign-in has not registered */
  async function registeredBefore(): Promise<StoredSession | undefined> {
    const found = await store.findRegistration(signInId);
    if (isLiveOwn(found.session)) return found.session;
    if (found.isMarked || found.session) throw sessionEnded('ended');
    return undefined;
  }
}
