import { activityToRecord, DEFAULT_POLICY, isoTime, type NewSession, newSession } from '../../lambda/domain/session';
import type { Seed } from './table';
import type { Attributes } from './value';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const LIMITS = { idleMinutes: 480, lifetimeHours: 168 };
const SESSIONS_A_USER = 5;

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86 Teams/24295.605.3225.8804',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Mobile/15E148 Aerotage/2.14.0 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S928B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.81 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Aerotage/2.14.0 Chrome/130.0.6723.137 Electron/33.2.1 Safari/537.36',
] as const;

/** How the sessions that are over ended. */
const IDLE_SHARE = 0.6;
const EXPIRED_SHARE = 0.25;
const INACTIVE_SHARE = 0.1;

export interface DataSet {
  readonly count: number;
  /** The part of them that is over: 0.3 is 30 %. */
  readonly overShare: number;
  /** The same seed makes the same sessions. */
  readonly seed: number;
  /** The instant at which they are over or live, epoch milliseconds. */
  readonly asOf: number;
}

/**
 * Sessions as this backend writes them, about 490 bytes each. Most of those that are over are idle or expired; some
 * are the older backend's (flagged inactive, or orphaned), which wrote no `purgeAt`. Which ones are live is known
 * from how they are made, not from the rule.
 */
export function* sessions({ count, overShare, seed, asOf }: DataSet): Generator<Seed> {
  const random = randomFrom(seed);
  let userId = '';
  for (let index = 0; index < count; index++) {
    if (index % SESSIONS_A_USER === 0) userId = uuid(random);
    // Spread evenly, and exact in total.
    const live = Math.floor((index + 1) * overShare) === Math.floor(index * overShare);
    const who = { sessionId: uuid(random), userId };
    yield { live, attributes: live ? liveSession(who, random, asOf) : endedSession(who, random, asOf) };
  }
}

type Who = Pick<NewSession, 'sessionId' | 'userId'>;
type Random = () => number;

const liveSession = (who: Who, random: Random, asOf: number): Attributes =>
  used(who, random, asOf - between(random, 8 * HOUR, 6 * DAY), asOf - between(random, 0, 7 * HOUR));

function endedSession(who: Who, random: Random, asOf: number): Attributes {
  const kind = random();
  if (kind < IDLE_SHARE) {
    const signedInAt = asOf - between(random, 2 * DAY, 6 * DAY);
    return used(who, random, signedInAt, signedInAt + between(random, HOUR, 30 * HOUR));
  }
  if (kind < IDLE_SHARE + EXPIRED_SHARE) {
    const signedInAt = asOf - between(random, 8 * DAY, 25 * DAY);
    return used(who, random, signedInAt, signedInAt + between(random, 6 * DAY, 7 * DAY));
  }
  // The older backend's: both used a moment ago, without `purgeAt`.
  const { purgeAt: _, ...older } = liveSession(who, random, asOf);
  if (kind < IDLE_SHARE + EXPIRED_SHARE + INACTIVE_SHARE) return { ...older, isActive: false };
  const createdAt = isoTime(asOf - between(random, 31 * DAY, 300 * DAY));
  return { ...older, createdAt, loginTime: createdAt, expiresAt: isoTime(asOf + 30 * DAY) };
}

/** A session registered at one instant and last used at another, with what this backend writes for both. */
function used(who: Who, random: Random, signedInAt: number, lastUsedAt: number): Attributes {
  const device = {
    ipAddress: Array.from({ length: 4 }, () => Math.floor(between(random, 1, 255))).join('.'),
    userAgent: USER_AGENTS[Math.floor(random() * USER_AGENTS.length)] ?? USER_AGENTS[0],
  };
  const session = newSession({ ...who, signedInAt }, device, LIMITS, signedInAt + 2_000, DEFAULT_POLICY);
  return { ...session, ...activityToRecord(session, lastUsedAt, DEFAULT_POLICY) } as unknown as Attributes;
}

const between = (random: Random, from: number, to: number): number => from + random() * (to - from);

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function uuid(random: Random): string {
  const digit = () => Math.floor(random() * 16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, digit);
}
