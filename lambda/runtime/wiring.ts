import { urlToHttpOptions } from 'node:url';
import { send } from '../aws/connection';
import { backoff, systemClock } from '../aws/retry';
import { tryAgain } from '../domain/errors';
import type { Policy } from '../domain/session';
import { databaseCalls, databaseOptions } from '../dynamodb/client';
import { type DynamoSessionStore, dynamoSessionStore } from '../dynamodb/session-store';
import { routeWith } from '../http/route';
import { REQUEST_SECONDS, required, requiredList, requiredNumber } from './environment';
import { logCompletion, logSecurityEvent } from './logger';

// What a function is made of. Each of these reads the environment when an entry calls it, once per container, so a
// function needs only the variables of what it uses.

/** The time of this machine. */
export const clock = systemClock;

/** Makes the handler of a route. */
export const route: ReturnType<typeof routeWith> = (handle) =>
  routeWith({
    allowedOrigins: requiredList('allowedOrigins'),
    clock: clock.now,
    requestMs: REQUEST_SECONDS * 1_000,
    complete: logCompletion,
    audit: logSecurityEvent,
  })(handle);

/** The sessions. A request takes `until` its deadline. */
export const sessionStore = (options = databaseOptions()): DynamoSessionStore =>
  dynamoSessionStore(databaseCalls(options, clock), {
    sessions: required('sessionsTable'),
    userIndex: required('userIndex'),
    signIns: required('signInsTable'),
    signInDays: requiredNumber('signInDays'),
  });

/** The stage's own part of the rule. */
export const stagePolicy = (): Policy => ({ maxAgeDays: requiredNumber('maxAgeDays') });

/**
 * Waits before a write is repeated because another request changed the same data first.
 * @param attempt how many attempts there have been
 * @throws the refusal `TRY_AGAIN` if no time is left
 */
export async function beforeRetry(attempt: number, isTimeLeft: () => boolean): Promise<void> {
  if (!isTimeLeft()) throw tryAgain(new Error('Other requests kept changing the same data first.'));
  await clock.sleep(backoff(attempt, { base: 10, cap: 500 }));
}

const MAX_KEYS_BYTES = 256 * 1024;

/** Fetches an issuer's keys. It tries twice. @param waitMs bounds each attempt */
export function fetchKeys(waitMs = 1_500): (uri: string) => Promise<string> {
  const get = async (uri: string) => {
    const { status, text } = await send(urlToHttpOptions(new URL(uri)), { waitMs, maxBytes: MAX_KEYS_BYTES });
    if (status !== 200) throw new Error(`The issuer answered ${status}.`);
    return text;
  };
  return (uri) => get(uri).catch(() => get(uri));
}
