import { EngineError } from './engine-error';

/** How long a finished request's token counts. */
const TOKEN_MS = 10 * 60_000;

/** The idempotency tokens of transactions, within this process. */
export interface RequestTokens {
  /**
   * Does the work of a request, unless a request with the same token has succeeded.
   * @param token of the client; absent for a request that may be repeated
   * @param parameters what a repeated request must have in common with the first, in any order
   * @throws an engine error for other parameters, and while the first request is at work
   */
  readonly once: <T>(token: unknown, parameters: object, work: (isRepeated: boolean) => Promise<T>) => Promise<T>;
}

interface Known {
  readonly parameters: string;
  /** Epoch milliseconds; undefined while the request is at work. */
  until?: number;
}

/** @param now epoch milliseconds */
export function requestTokens(now: () => number): RequestTokens {
  const known = new Map<string, Known>();
  return {
    async once(token, parameters, work) {
      if (token === undefined || token === null) return work(false);
      if (typeof token !== 'string' || token.length < 1 || token.length > 36) {
        throw EngineError.validation(
          "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must be a string with length between 1 and 36",
        );
      }
      forget();
      const text = JSON.stringify(ordered(parameters));
      const first = known.get(token);
      if (first && first.parameters !== text)
        throw EngineError.of('IdempotentParameterMismatchException', { Message: '' });
      if (first && first.until === undefined) throw EngineError.of('TransactionInProgressException', { Message: '' });
      if (first) return work(true);
      const own: Known = { parameters: text };
      known.set(token, own);
      try {
        const answer = await work(false);
        own.until = now() + TOKEN_MS;
        return answer;
      } catch (error) {
        known.delete(token);
        throw error;
      }
    },
  };

  function forget(): void {
    for (const [token, { until }] of known) {
      if (until === undefined || until > now()) return;
      known.delete(token);
    }
  }
}

/** The same value with the names of its objects in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, child]) => [name, ordered(child)]),
  );
}
