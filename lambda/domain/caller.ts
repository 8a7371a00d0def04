import { type NoSession, Refusal } from './errors';
import {
  type Activity,
  activityToRecord,
  type EndReason,
  endOf,
  isWithin,
  type Location,
  lastAddress,
  type Policy,
  type StoredSession,
} from './session';
import type { SessionStore } from './store';

/** Who a verified token speaks for. */
export interface Identity {
  /** `sub` for the user pool; `{provider name}|{sub}` for another provider, so two issuers never share a user. */
  readonly userId: string;
  readonly role: 'user' | 'admin';
  /** The sign-in's one id, the same through every refresh. It is also the id of its session. */
  readonly signInId: string;
  /** When the person signed in, epoch milliseconds. */
  readonly signedInAt: number;
  /** Of the user's groups, those that the stage has limits for. @default - none */
  readonly limitedGroups?: readonly string[];
}

/** Where a request comes from: the connection's address, and the `User-Agent` header. */
export interface Connection {
  readonly ipAddress: string;
  readonly userAgent: string;
  /** Where the address is, if a trusted origin says so. */
  readonly location?: Location;
}

/** Finds out where an address is. */
export type Locate = (from: Pick<Connection, 'ipAddress' | 'location'>) => Location | undefined;

/** Refuses everybody but the user. */
export function assertSelf(caller: Identity, userId: string): void {
  if (caller.userId !== userId) {
    throw new Refusal('UNAUTHORIZED_PROFILE_ACCESS', 'Only the user may do this: the id in the path is not yours.');
  }
}

/** Refuses everybody but the user and admins. */
export function assertSelfOrAdmin(caller: Identity, userId: string): void {
  if (caller.role !== 'admin') assertSelf(caller, userId);
}

/** Refuses everybody but admins. */
export function assertAdmin(caller: Identity): void {
  if (caller.role !== 'admin') throw new Refusal('UNAUTHORIZED_PROFILE_ACCESS', 'Only administrators may do this.');
}

/**
 * For ending a user's other sessions. If the stage asks for a recent sign-in, whoever finds a device unlocked cannot lock
 * its owner out. An admin who acts on another user needs none.
 * @param minutes undefined if the stage does not ask
 */
export function assertMayEnd(caller: Identity, userId: string, minutes: number | undefined, now: number): void {
  assertSelfOrAdmin(caller, userId);
  if (minutes === undefined || caller.userId !== userId || isWithin(caller.signedInAt, minutes, now)) return;
  const message = `To end your other sessions, you must have signed in within the last ${minutes} minutes. Sign in again, then end them.`;
  throw new Refusal('SIGN_IN_TOO_OLD', message);
}

/** What a token's session is at this moment. */
export type SessionCheck =
  /** Live. `renewed`: this use was recorded as activity. */
  | { readonly session: StoredSession; readonly renewed: boolean }
  /** Not live; `end` is the rule's reason if the session is still stored. */
  | { readonly session?: undefined; readonly reason: NoSession; readonly end?: EndReason };

/** One use of a session. */
export interface SessionUse {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly policy: Policy;
  /** Whether it does not count as activity. */
  readonly passive: boolean;
  /** Where it comes from. @default - not known: then no address is recorded */
  readonly from?: Pick<Connection, 'ipAddress' | 'location'>;
  /** @default - sessions do not say where they are */
  readonly locate?: Locate;
}

/**
 * Finds the session of a token's sign-in, and records this use of it if that is due.
 *
 * A live session takes one read. If there is none, mark and session are read together, to tell an ended sign-in from one
 * that never registered.
 */
export async function resolveCurrentSession(
  store: SessionStore,
  { userId, signInId }: Identity,
  use: SessionUse,
): Promise<SessionCheck> {
  const { now, policy, passive } = use;
  let session = await store.find(signInId);
  if (session === undefined) {
    // The sign-in may register between two reads. Mark and session are read at one instant to tell that from an ended one.
    const registered = await store.findRegistration(signInId);
    if (!registered.isMarked && !registered.session) return { reason: 'never-registered' };
    session = registered.session;
  }
  if (session?.userId !== userId) return { reason: 'ended' };
  const end = endOf(session, now, policy);
  if (end) return { reason: 'ended', end: end.reason };
  const activity = passive ? undefined : activityToRecord(session, now, policy);
  if (activity) {
    const move = moveOf(session, use);
    if (!(await store.recordActivity(session, { ...activity, move }))) return { reason: 'ended' };
  }
  return { session, renewed: activity !== undefined };
}

/** @returns undefined if the session is used from where it was, or if nobody knows from where */
function moveOf(session: StoredSession, { from, locate }: SessionUse): Activity['move'] {
  if (from === undefined) return undefined;
  const isElsewhere = from.ipAddress !== lastAddress(session);
  const locationData = isElsewhere || session.locationData === undefined ? locate?.(from) : undefined;
  return isElsewhere || locationData ? { lastIpAddress: from.ipAddress, locationData } : undefined;
}
