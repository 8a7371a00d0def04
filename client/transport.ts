import { type Deadline, startDeadline } from './deadline';
import { errorOf, NetworkError, SessionError } from './errors';
import type { ApiErrorCode, Failure, Routes } from './types';

/** What a route answers with when it succeeds. */
type Answer<Route extends keyof Routes> = Routes[Route]['answer'];

export interface Connection {
  /** With a slash at its end. */
  readonly baseUrl: string;
  readonly token: () => string | Promise<string>;
  readonly fetch: typeof fetch;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base address, made from the token where it names the token's user. */
  readonly path: (token: string) => string;
  readonly body?: unknown;
  /**
   * The refusal that means, after a try whose answer was lost, that the lost try did what was asked for. For calls
   * that take no data from their answer: there is none then.
   */
  readonly doneBefore?: ApiErrorCode;
  readonly signal?: AbortSignal;
  /** For the whole call, its retries included. */
  readonly timeoutMs: number;
}

/** How often a request is sent again. */
const MOST_RETRIES = 2;
const FIRST_PAUSE_MS = 250;

/**
 * Sends a request, and sends it again where that is safe: each route of this API has the same effect when it is
 * called twice, and 429 and 503 say that nothing was done. Every other answer is final.
 */
export async function call<Route extends keyof Routes>(
  connection: Connection,
  request: ApiRequest,
): Promise<Answer<Route>> {
  const deadline = startDeadline(request.timeoutMs, request.signal);
  let answerLost = false;
  try {
    for (let retries = 0; ; retries += 1) {
      try {
        return await sendOnce<Route>(connection, request, deadline);
      } catch (error) {
        if (answerLost && error instanceof SessionError && error.code === request.doneBefore) {
          return { success: true } as Answer<Route>;
        }
        const pause = pauseBefore(error, retries);
        if (pause === undefined || pause >= deadline.left()) throw error;
        answerLost ||= error instanceof NetworkError;
        await deadline.sleep(pause);
      }
    }
  } finally {
    deadline.stop();
  }
}

/** @returns milliseconds until the next try, undefined when there is none */
function pauseBefore(error: unknown, retries: number): number | undefined {
  if (!(error instanceof SessionError) || retries >= MOST_RETRIES) return undefined;
  const passing = error instanceof NetworkError || error.status === 429 || error.status === 503;
  // Spread, so that clients that were refused together do not come back together.
  return passing ? (error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** retries) + Math.random() * 100 : undefined;
}

async function sendOnce<Route extends keyof Routes>(
  { baseUrl, token, fetch }: Connection,
  { method, path, body }: ApiRequest,
  { signal, within }: Deadline,
): Promise<Answer<Route>> {
  // Asked for at each try: the one before may have run out meanwhile.
  const bearer = await within(Promise.resolve(token()));
  const address = `${baseUrl}${path(bearer)}`;
  let response: Response;
  let text: string;
  try {
    response = await within(
      fetch(address, {
        method,
        headers: {
          Authorization: `Bearer ${bearer}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'omit',
        // A page that is left right after a logout still sends it.
        keepalive: method !== 'GET',
        signal,
      }),
    );
    text = await within(response.text());
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new NetworkError('NETWORK_ERROR', 'The API could not be reached.', { cause });
  }
  return read<Answer<Route>>(response, text);
}

function read<Good extends { success: true }>({ status, headers, ok }: Response, text: string): Good {
  const details = {
    status,
    requestId: headers.get('x-amzn-RequestId') ?? undefined,
    retryAfterMs: retryAfter(headers.get('Retry-After')),
  };
  let answer: Good | Failure | undefined;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (ok && answer?.success === true) return answer;
  if (!ok && answer?.success === false && answer.error?.code) {
    throw errorOf(answer.error.code, answer.error.message, details);
  }
  throw new SessionError(
    'UNREADABLE_ANSWER',
    `The answer, of status ${status}, is none of this API. Is the base address right?`,
    details,
  );
}

/** The header is seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
