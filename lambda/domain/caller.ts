import { Refusal } from './errors';
import { isWithin } from './session';

/** Who a verified token speaks for. */
export interface Identity {
  /** `sub` for the user pool; `{provider name}|{sub}` for another provider, so two issuers never share a user. */
  readonly userId: string;
  readonly role: 'user' | 'admin';
  /** The sign-in's one id, the same through every refresh. It is also the id of its session. */
  readonly signInId: string;
  /** When the person signed in, epoch milliseconds. */
  readonly signedInAt: number;
}

/** Where a request comes from: the connection's address, and the `User-Agent` header. */
export interface Connection {
  readonly ipAddress: string;
  readonly userAgent: string;
}

/** For what only the user may do. */
export function assertSelf(caller: Identity, userId: string): void {
  if (caller.userId !== userId) {
    throw new Refusal('UNAUTHORIZED_PROFILE_ACCESS', 'Only the user may do this: the id in the path is not yours.');
  }
}

/** For what an admin may do for any user. */
export function assertSelfOrAdmin(caller: Identity, userId: string): void {
  if (caller.role !== 'admin') assertSelf(caller, userId);
}

/** For what only admins may do. */
export function assertAdmin(caller: Identity): void {
  if (caller.role !== 'admin') throw new Refusal('UNAUTHORIZED_PROFILE_ACCESS', 'Only administrators may do this.');
}

/**
 * For ending one's own other sessions, where the stage asks for a recent sign-in: who finds a device unlocked
 * does not lock its owner out. An admin who acts on another user is not asked.
 * @param minutes undefined where the stage does not ask
 */
export function assertRecentSignIn(caller: Identity, userId: string, minutes: number | undefined, now: number): void {
  if (minutes === undefined || caller.userId !== userId || isWithin(caller.signedInAt, minutes, now)) return;
  const message = `To end your other sessions, you must have signed in within the last ${minutes} minutes. Sign in again, then end them.`;
  throw new Refusal('SIGN_IN_TOO_OLD', message);
}
