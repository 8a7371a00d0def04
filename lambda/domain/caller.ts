import { Refusal } from './errors';

/** Who a verified token speaks for. */
export interface Identity {
  readonly userId: string;
  readonly role: 'user' | 'admin';
  /** The sign-in that the token comes from, the same through every refresh; absent where a token names none. */
  readonly signInId?: string;
  readonly issuer: string;
  /** When the person signed in, epoch milliseconds. */
  readonly signedInAt: number;
}

/** Where a request comes from: the connection's address, and the `User-Agent` header. */
export interface Connection {
  readonly ipAddress: string;
  readonly userAgent: string;
}

/** A request's caller: the identity, and the session that is live for it, if any. */
export interface Caller extends Identity {
  readonly sessionId?: string;
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
