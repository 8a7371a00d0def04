import type { EndReason } from './session';

/** What a cleanup did. Each session counts once: expired + inactive + orphaned = deleted + errors; in a dry run, deleted is 0. */
export interface CleanupResult {
  /** Examined. */
  readonly totalSessions: number;
  /** Past their `expiresAt`, or idle. */
  readonly expiredSessions: number;
  readonly inactiveSessions: number;
  readonly orphanedSessions: number;
  /** Really deleted. */
  readonly deletedSessions: number;
  /** Sessions that should be gone and are not. */
  readonly errors: number;
}

/** Where a reason counts. */
export const COUNTED_AS: Readonly<Record<EndReason, 'expiredSessions' | 'inactiveSessions' | 'orphanedSessions'>> = {
  expired: 'expiredSessions',
  idle: 'expiredSessions',
  inactive: 'inactiveSessions',
  orphaned: 'orphanedSessions',
};

export const NOTHING_CLEANED: CleanupResult = {
  totalSessions: 0,
  expiredSessions: 0,
  inactiveSessions: 0,
  orphanedSessions: 0,
  deletedSessions: 0,
  errors: 0,
};

export const addResults = (a: CleanupResult, b: CleanupResult): CleanupResult => ({
  totalSessions: a.totalSessions + b.totalSessions,
  expiredSessions: a.expiredSessions + b.expiredSessions,
  inactiveSessions: a.inactiveSessions + b.inactiveSessions,
  orphanedSessions: a.orphanedSessions + b.orphanedSessions,
  deletedSessions: a.deletedSessions + b.deletedSessions,
  errors: a.errors + b.errors,
});
