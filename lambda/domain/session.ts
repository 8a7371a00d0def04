/**
 * The session and the one rule that says when it is over. Pure: the time is always passed in, as epoch
 * milliseconds. The authorizer, the list, logout, the cleanup and the TTL attribute all ask here; nothing
 * else in the code compares dates.
 */

/**
 * A session as it is stored. Items of the older backend may lack any date, or hold something else in its
 * place, so everything but the two ids is `unknown` until the rule has read it.
 */
export interface StoredSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly isActive?: unknown;
  /** Why the session was revoked, if it was. */
  readonly endReason?: unknown;
  readonly createdAt?: unknown;
  readonly updatedAt?: unknown;
  readonly loginTime?: unknown;
  readonly lastActivity?: unknown;
  readonly expiresAt?: unknown;
  /** Minutes without activity after which the session is over. */
  readonly sessionTimeout?: unknown;
  readonly ipAddress?: unknown;
  /** The address that it was last used from, once that was another one than it was registered from. */
  readonly lastIpAddress?: unknown;
  readonly userAgent?: unknown;
  /** What the person or the app calls the device. */
  readonly deviceName?: unknown;
  /** Where its last address is. */
  readonly locationData?: unknown;
  /** The table's TTL, epoch seconds. Never set by the older backend. */
  readonly purgeAt?: unknown;
}

/** A session as this backend writes it. Dates are ISO 8601 UTC; `purgeAt`, the table's TTL, is epoch seconds. */
export type NewSession = ReturnType<typeof newSession>;

/** Where an address is. */
export interface Location {
  readonly city?: string;
  /** Two letters, ISO 3166. */
  readonly country: string;
}

/** What a registration keeps of the device and of where it is. */
export interface RegisteredDevice {
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly deviceName?: string;
  readonly locationData?: Location;
}

/** What is written when a live session is used. */
export interface Activity extends Pick<NewSession, 'lastActivity' | 'updatedAt' | 'purgeAt'> {
  /** Where it is used now, if the address has changed. Without a location, its place is unknown. */
  readonly move?: { readonly lastIpAddress: string; readonly locationData?: Location };
}

/** How long a session lasts. */
export interface Limits {
  /** Minutes without activity. */
  readonly idleMinutes: number;
  /** Hours from the sign-in, whatever the activity. */
  readonly lifetimeHours: number;
}

/** The strictest of several limits, each limit by itself. */
export function strictest(all: readonly Partial<Limits>[]): Limits {
  const least = (name: keyof Limits) => Math.min(...all.map((limits) => limits[name] ?? Number.POSITIVE_INFINITY));
  return { idleMinutes: least('idleMinutes'), lifetimeHours: least('lifetimeHours') };
}

/** The parts of the rule that a stage, or a "what if", may change. */
export interface Policy {
  /** Days from `createdAt` after which any session is orphaned. */
  readonly maxAgeDays: number;
  /** In place of each session's own `sessionTimeout`. */
  readonly idleMinutes?: number;
}

/** Why a session ended on its own. */
export type EndReason = 'expired' | 'idle' | 'inactive' | 'orphaned';

const REVOCATION_REASONS = [
  'user-disabled',
  'user-deleted',
  'signed-out-everywhere',
  'password-changed',
  'removed-from-group',
  'signed-out-at-provider',
  'revoked-by-provider',
  'requested',
] as const;

/** Why a session was ended from outside this API. It is stored in the item just before the item is deleted. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export const isRevocationReason = (value: unknown): value is RevocationReason =>
  (REVOCATION_REASONS as readonly unknown[]).includes(value);

export interface End {
  readonly reason: EndReason;
  /** When it ended, epoch milliseconds; absent if no time says so. */
  readonly at?: number;
  /** The time that the rule needed and could not read. */
  readonly unreadable?: 'expiresAt' | 'lastActivity' | 'createdAt';
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DEFAULT_IDLE_MINUTES = 480;
export const DEFAULT_POLICY: Policy = { maxAgeDays: 30 };

/**
 * A session must have been over for this long before the cleanup or a logout elsewhere deletes it: by another machine's
 * clock it may still be live and in use.
 */
export const CLOCK_MARGIN_MS = MINUTE;

/** From here on a number is milliseconds; below it, seconds. */
const FIRST_MILLISECOND_STAMP = 1e11;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** Matches a date with a time but without a zone. */
const WITHOUT_ZONE = /T[^Z+-]*$/;

/**
 * Reads a stored time.
 * @returns epoch milliseconds, or undefined when `value` is no time
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') {
    const milliseconds = value < FIRST_MILLISECOND_STAMP ? value * SECOND : value;
    // The latest time that a Date can hold. Formatting a later one would throw.
    return Math.abs(milliseconds) <= 8.64e15 ? milliseconds : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (!ISO_8601.test(value)) return undefined;
  // A time without a zone is UTC: what the older backend meant, wherever this runs.
  const milliseconds = Date.parse(WITHOUT_ZONE.test(value) ? `${value}Z` : value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

function idleTimeout(session: StoredSession, policy: Policy): number {
  const minutes = policy.idleMinutes ?? session.sessionTimeout;
  const valid = typeof minutes === 'number' && minutes > 0;
  return (valid ? minutes : DEFAULT_IDLE_MINUTES) * MINUTE;
}

// The rule's deadlines. Each is undefined if the time that it needs cannot be read.

const expiryOf = (session: StoredSession): number | undefined => readTime(session.expiresAt);

/** The last instant at which the session is not idle yet. */
function idleDeadline(session: StoredSession, policy: Policy): number | undefined {
  const lastActivity = readTime(session.lastActivity) ?? readTime(session.loginTime);
  return lastActivity === undefined ? undefined : lastActivity + idleTimeout(session, policy);
}

function orphanDeadline(session: StoredSession, policy: Policy): number | undefined {
  const createdAt = readTime(session.createdAt) ?? readTime(session.loginTime);
  return createdAt === undefined ? undefined : createdAt + policy.maxAgeDays * DAY;
}

/**
 * The rule.
 * @param now epoch milliseconds
 * @returns how the session ended, or undefined while it is live. Once over at some instant, an item is over at
 * every later one.
 */
export function endOf(session: StoredSession, now: number, policy: Policy): End | undefined {
  // Each time is parsed only when needed: a sweep evaluates millions of sessions, and most end by the first two criteria.
  const expired = expiryOf(session);
  if (expired !== undefined && expired <= now) return { reason: 'expired', at: expired };
  if (session.isActive === false) return { reason: 'inactive' };
  const idle = idleDeadline(session, policy);
  if (idle !== undefined && now > idle) return { reason: 'idle', at: idle };
  const orphaned = orphanDeadline(session, policy);
  if (orphaned !== undefined && now >= orphaned) return { reason: 'orphaned', at: orphaned };
  if (expired === undefined) return { reason: 'orphaned', unreadable: 'expiresAt' };
  if (idle === undefined) return { reason: 'orphaned', unreadable: 'lastActivity' };
  if (orphaned === undefined) return { reason: 'orphaned', unreadable: 'createdAt' };
  return undefined;
}

/** Epoch seconds at which the session ends on its own, rounded up so that the table's TTL never takes a live one. */
function purgeAt(session: StoredSession, policy: Policy): number {
  const ends = [expiryOf(session), idleDeadline(session, policy), orphanDeadline(session, policy)];
  return Math.ceil(Math.min(...ends.map((end) => end ?? 0)) / SECOND);
}

/** When a sign-in's session is over, whatever its activity. Epoch milliseconds, like `signedInAt`. */
export const absoluteEnd = (signedInAt: number, limits: Limits): number => signedInAt + limits.lifetimeHours * HOUR;

export function newSession(
  who: { sessionId: string; userId: string; signedInAt: number },
  device: RegisteredDevice,
  limits: Limits,
  now: number,
  policy: Policy,
) {
  const time = isoTime(now);
  const session = {
    sessionId: who.sessionId,
    userId: who.userId,
    isActive: true as const,
    createdAt: time,
    updatedAt: time,
    loginTime: isoTime(who.signedInAt),
    lastActivity: time,
    expiresAt: isoTime(absoluteEnd(who.signedInAt, limits)),
    sessionTimeout: limits.idleMinutes,
    ...device,
  };
  return { ...session, purgeAt: purgeAt(session, policy) };
}

/**
 * What to write when a live session is used, or undefined if the stored time is younger than a twentieth of the idle
 * timeout. Activity is the most frequent write. This limits it to about 20 a working day, and the idle timeout stays
 * exact to 5 %.
 */
export function activityToRecord(session: StoredSession, now: number, policy: Policy): Activity | undefined {
  const stored = readTime(session.lastActivity);
  if (stored !== undefined && now - stored <= idleTimeout(session, policy) / 20) return undefined;
  const time = isoTime(now);
  return { lastActivity: time, updatedAt: time, purgeAt: purgeAt({ ...session, lastActivity: time }, policy) };
}

/** The last address that the session is known to have been used from; undefined if none is stored. */
export function lastAddress({ lastIpAddress, ipAddress }: StoredSession): string | undefined {
  return [lastIpAddress, ipAddress].find((address) => typeof address === 'string');
}

/** When the session was last used, epoch milliseconds; 0 if no time can be read. */
export const lastUsed = (session: StoredSession): number =>
  readTime(session.lastActivity) ?? readTime(session.loginTime) ?? 0;

/** When a live session ends at the latest, however much it is used: ISO 8601 UTC. */
export const expiresAtOf = (session: StoredSession): string => isoTime(expiryOf(session) ?? 0);

/** Whether a time, epoch milliseconds, is no longer ago than so many minutes. */
export const isWithin = (time: number, minutes: number, now: number): boolean => now - time <= minutes * MINUTE;

/** When the session was opened, epoch milliseconds; 0 if no time can be read. */
export const openedAt = (session: StoredSession): number =>
  readTime(session.createdAt) ?? readTime(session.loginTime) ?? 0;

/** Whether a value is a time, and within five minutes of now. */
export function isAboutNow(value: unknown, now: number): boolean {
  const time = readTime(value);
  return time !== undefined && Math.abs(now - time) <= 5 * MINUTE;
}
