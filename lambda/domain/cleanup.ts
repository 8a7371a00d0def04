import type { EndReason } from './session';

/** What a cleanup did. Each session counts once: expired + inactive + orphaned = deleted + errors; in a dry run, deleted is 0. */
export interface CleanupResult {
  /** Examined. */
  readonly totalSessions: number;
  /** Past their `expiresAt`, or idle. */
  readonly expiredSessions: number;
  readonly inactiveSessions: number;
  readonly orphanedSessions: number;
  /** Actually deleted. */
  readonly deletedSessions: number;
  /** Sessions that should have been deleted but were not. */
  readonly errors: number;
}

/** How many sessions ended for each reason. Unlike the result, it tells idle sessions from expired ones. */
export type WhyEnded = Readonly<Record<EndReason, number>>;

/** Which count of the result a reason belongs to. */
export const COUNTED_AS = {
  expired: 'expiredSessions',
  idle: 'expiredSessions',
  inactive: 'inactiveSessions',
  orphaned: 'orphanedSessions',
} as const satisfies Record<EndReason, keyof CleanupResult>;

export const NOTHING_CLEANED: CleanupResult = {
  totalSessions: 0,
  expiredSessions: 0,
  inactiveSessions: 0,
  orphanedSessions: 0,
  deletedSessions: 0,
  errors: 0,
};
