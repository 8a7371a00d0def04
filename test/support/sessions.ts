import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_POLICY, type NewSession, newSession, type StoredSession } from '../../lambda/domain/session';

export const NOW = Date.parse('2026-11-23T12:00:00.000Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const LIMITS = { idleMinutes: 480, lifetimeHours: 168 };

export const iso = (time: number): string => new Date(time).toISOString();

/** A live session, as this backend writes it. */
export const liveSession = (changes: Partial<Record<keyof NewSession, unknown>> = {}, now = NOW): NewSession =>
  ({
    ...newSession(
      { sessionId: 'session-1', userId: 'user-1', signedInAt: now },
      { ipAddress: '192.0.2.1', userAgent: 'Firefox' },
      LIMITS,
      now,
      DEFAULT_POLICY,
    ),
    ...changes,
  }) as NewSession;

const DATA = join(__dirname, '..', 'data');

/** Items as the older backend left them. */
export const legacySessions = (): StoredSession[] =>
  readFileSync(join(DATA, 'legacy-sessions.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** What is true of them at `now`. */
export const legacyTruth = (): {
  now: string;
  totalSessions: number;
  expiredSessions: number;
  inactiveSessions: number;
  orphanedSessions: number;
  live: number;
} => JSON.parse(readFileSync(join(DATA, 'legacy-sessions.expected.json'), 'utf8'));
