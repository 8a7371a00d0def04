import { join } from 'node:path';
import { urlToHttpOptions } from 'node:url';
import { send } from '../aws/connection';
import { backoff, systemClock } from '../aws/retry';
import { RunLog } from '../cleanup/run-log';
import { sweepClient } from '../cleanup/sweep';
import type { Locate } from '../domain/caller';
import { tryAgain } from '../domain/errors';
import type { Policy } from '../domain/session';
import { databaseCalls, databaseOptions } from '../dynamodb/client';
import { knownDevices } from '../dynamodb/known-devices';
import { type DynamoSessionStore, dynamoSessionStore } from '../dynamodb/session-store';
import { routeWith } from '../http/route';
import type { TrustedOrigin } from '../http/viewer';
import { publisher } from '../revocation/bus';
import { type UserPool, userPool, userPoolCalls, userPoolOptions } from '../user-pool/user-pool';
import { countriesIn } from './countries';
import { optional, REQUEST_SECONDS, required, requiredList, requiredNumber } from './environment';
import { logCompletion, logSecurityEvent } from './logger';

// What a function is made of. Each of these reads the environment when an entry calls it, once per container, so a
// function needs only the variables of what it uses.

/** The time of this machine. */
export const clock = systemClock;

/** Makes the handler of a route. */
export const route: ReturnType<typeof routeWith> = (handle) =>
  routeWith({
    allowedOrigins: requiredList('allowedOrigins'),
    trustedOrigin: trustedOrigin(),
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

/** The cleanup's recorded runs. A request takes `until` its deadline. */
export const runLog = (): RunLog => new RunLog(databaseCalls(databaseOptions(), clock), required('cleanupRunsTable'));

/** What the cleanup calls the sessions table with. */
export const cleanupClient = () => sweepClient(databaseOptions(), clock);

/** Tells whether a kind of device is new to its user. @param days for which one is remembered */
export const deviceMemory = (days: number) =>
  knownDevices(databaseCalls(databaseOptions(), clock), { table: required('signInsTable'), days });

/** The stage's user pool. A request takes `until` its deadline. */
export const userPoolOf = (id: string): UserPool => userPool(userPoolCalls(id, userPoolOptions(), clock), id);

/**
 * Signs users out at the user pool if the stage asks for it. Users of other providers are not in the pool.
 * @param id of the pool; undefined if the stage does not ask
 */
export function poolSignOut(id: string | undefined): (userId: string, deadline: number) => Promise<void> {
  const pool = id === undefined ? undefined : userPoolOf(id);
  return async (userId, deadline) => {
    if (!userId.includes('|')) await pool?.until(deadline).signOut(userId);
  };
}

/** Puts events of a type on the stage's bus. */
export const publisherOf = (type: string) =>
  publisher(required('eventBus'), { source: required('eventIssuer'), type }, clock);

/** The stage's own part of the rule. */
export const stagePolicy = (): Policy => ({ maxAgeDays: requiredNumber('maxAgeDays') });

/** What stands in front of the API and is believed, if the stage names it. */
export function trustedOrigin(): TrustedOrigin | undefined {
  const text = optional('trustedOrigin');
  return text === undefined ? undefined : JSON.parse(text);
}

/** Where an address is: what a trusted origin says, or the country by the table. Undefined if the stage wants no places. */
export function locator(): Locate | undefined {
  if (optional('location') === undefined) return undefined;
  const countryOf = countriesIn(join(__dirname, 'countries.bin'));
  return ({ ipAddress, location }) => {
    const country = location ? undefined : countryOf(ipAddress);
    return country === undefined ? location : { country };
  };
}

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
