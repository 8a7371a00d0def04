import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../aws/retry';
import { tryAgain } from '../domain/errors';
import type { Policy } from '../domain/session';
import { dynamoSessionStore } from '../dynamodb/session-store';
import { database } from './database';
import { required, requiredNumber } from './environment';

/** The sessions, as the stack keeps them. A request takes `store.until` its deadline. */
export const store = dynamoSessionStore(database, {
  sessions: required('sessionsTable'),
  userIndex: required('userIndex'),
  signIns: required('signInsTable'),
  signInDays: requiredNumber('signInDays'),
});

/**
 * Waits before something is tried again that others were quicker to.
 * @param attempt how many there have been
 */
export async function beforeRetry(attempt: number, isTimeLeft: () => boolean): Promise<void> {
  if (!isTimeLeft()) throw tryAgain(new Error('Other requests kept coming first.'));
  await sleep(backoff(attempt, { base: 10, cap: 500 }));
}

/** The stage's own part of the rule. */
export const policy: Policy = { maxAgeDays: requiredNumber('maxAgeDays') };
