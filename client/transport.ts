import type { Deadline } from './deadline';
import { errorOf, NetworkError, SessionError, TryAgainError } from './errors';
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
}

/** How often a request is sent again. */
const MOST_RETRIES = 2;
const FIRST_PAUSE_MS = 250;
/** A proxy on the way answered in place of the API, which may have done what was asked for. */
const LOST_STATUSES: readonly unknown[] = [502, 504];
const PASSING_STATUSES: readonly unknown[] = [429, 503, ...LOST_STATUSES];

/**
 * Sends a request, and sends it again if the failure may pass: each route of this API has the same effect when it is
 * called twice. Every other answer is final.
 */
export async function call<Route extends keyof Routes>(
  connection: Connection,
  request: ApiRequest,
  deadline: Deadline,
): Promise<Answer<Route>> {
  let answerLost = false;
  for (let retries = 0; ; retries += 1) {
    try {
      return await sendOnce<Route>(connection, request, deadline);
    } catch (error) {
      if (answerLost && error instanceof SessionError && error.code === request.doneBefore) {
        return { success: true } as Answer<Route>;
      }
      const pause = pauseBefore(error, retries);
      if (pause === undefined || pause >= deadline.left()) throw error;
      answerLost ||= error instanceof NetworkError || LOST_STATUSES.includes((error as SessionError).status);
      await deadline.sleep(pause);
    }
  }
}

/** @returns milliseconds until the next try, undefined when there is none */
function pauseBefore(error: unknown, retries: number): number | undefined {
  if (!(error instanceof SessionError) || retries >= MOST_RETRIES) return undefined;
  const passing = error instanceof NetworkError || PASSING_STATUSES.includes(error.status);
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
        // The token is for this address and no other.
        redirect: 'manual',
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

function read<Good extends { success: true }>({ status, headers, ok, type }: Response, text: string): Good {
  const options = {
    status,
    requestId: headers.get('x-amzn-RequestId') ?? undefined,
    retryAfterMs: retryAfter(headers.get('Retry-After')),
  };
  // Browsers hide the status of a redirect that is not followed.
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw new SessionError('UNREADABLE_ANSWER', 'baseUrl redirects. Set it to the address it leads to.', options);
  }
  let answer: Good | Failure | undefined;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (ok && answer?.success === true) return answer;
  if (!ok && answer?.success === false && answer.error?.code) {
    const { code, message, details } = answer.error;
    throw errorOf(code, message, { ...options, details: details as SessionError['details'] });
  }
  if (PASSING_STATUSES.includes(status)) {
    throw new TryAgainError(
      'TRY_AGAIN',
      `Something before the API answered with status ${status}. Try again.`,
      options,
    );
  }
  throw new SessionError(
    'UNREADABLE_ANSWER',
    `This is not the API: it answered with status ${status} and not in its form. Check baseUrl.`,
    options,
  );
}

/** The header is seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
