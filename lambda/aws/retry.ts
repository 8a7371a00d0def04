import { setTimeout as sleep } from 'node:timers/promises';

/** The time. A test passes a simulated one. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

export const systemClock: Clock = { now: Date.now, sleep };

/** The longest waits, in milliseconds: before the first retry twice `base`, doubled for each further one, at most `cap`. */
export interface Backoff {
  readonly base: number;
  readonly cap: number;
}

export interface RetryOptions extends Backoff {
  /** Whether an error is worth another attempt. @param attempt how many there have been */
  readonly again: (error: unknown, attempt: number) => boolean;
  /** Epoch milliseconds after which no attempt begins. @default - none */
  readonly deadline?: number;
  readonly clock: Clock;
}

/**
 * How long to wait before a retry, with full jitter: requests that were refused together do not come back together.
 * @param attempt how many attempts there have been, from 1
 * @returns milliseconds
 */
export const backoff = (attempt: number, { base, cap }: Backoff): number =>
  Math.random() * Math.min(cap, base * 2 ** attempt);

/** @throws the last attempt's error when it is not worth another one, or no time is left for it */
export async function retrying<T>(
  send: () => Promise<T>,
  { again, deadline = Number.POSITIVE_INFINITY, clock, ...waits }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const wait = backoff(attempt, waits);
      if (!again(error, attempt) || clock.now() + wait >= deadline) throw error;
      await clock.sleep(wait);
    }
  }
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
  'ReplicatedWriteConflictException',
  'TimeoutError',
  'UnreadableAnswer',
]);
const CONFLICTS: ReadonlySet<string> = new Set(['TransactionConflictException', 'TransactionInProgressException']);
const TRANSIENT_REASONS: ReadonlySet<string> = new Set(['ProvisionedThroughputExceeded', 'ThrottlingError']);

/** Node's names for a connection that failed or was cut off. A name that begins with `ERR_` means a defect instead. */
const CONNECTION_ERROR = /^E(?!RR_)[A-Z_]+$/;

// Errors are recognized by their fields, not by their class: in a test, Node's own errors are of another realm.
const carriedBy = (error: unknown) =>
  (error ?? {}) as { name?: string; code?: unknown; status?: number; reasons?: readonly string[] };

/** Whether some reason of a cancelled transaction is one of these, and none says that it must not be sent again. */
function wasCancelledFor(error: unknown, isOne: (reason: string) => boolean): boolean {
  const { reasons = [] } = carriedBy(error);
  return reasons.some(isOne) && reasons.every((reason) => reason === 'None' || isTransientReason(reason));
}
const isTransientReason = (reason: string) => reason === 'TransactionConflict' || TRANSIENT_REASONS.has(reason);

/** Whether a transaction on the same items was under way. It takes moments, so the same request succeeds soon. */
export const isConflict = (error: unknown): boolean =>
  CONFLICTS.has(carriedBy(error).name ?? '') || wasCancelledFor(error, (reason) => reason === 'TransactionConflict');

/**
 * Whether the same request may well succeed in a moment: throttled, timed out, cut off, in conflict with another one,
 * or a fault on the service's side.
 */
export function isTransient(error: unknown): boolean {
  const { name = '', code, status = 0 } = carriedBy(error);
  return (
    TRANSIENT.has(name) ||
    status >= 500 ||
    (typeof code === 'string' && CONNECTION_ERROR.test(code)) ||
    isConflict(error) ||
    wasCancelledFor(error, isTransientReason)
  );
}

/** Whether the credentials do not allow the call. The next one would be refused too. */
export const isDenial = (error: unknown): boolean => carriedBy(error).name === 'AccessDeniedException';
