import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessionClient, type SessionClientOptions } from '../../client';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  /** The answer waits for it. */
  readonly after?: Promise<unknown>;
}

/** What to answer a request with; `cut` breaks the connection, `hang` never answers. */
export type Script = Answer | 'cut' | 'hang' | ((received: Received) => Answer);

export const success = (data: unknown, more: object = {}): Answer => ({
  status: 200,
  body: { success: true, data, ...more },
});

export const failure = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
  details?: Record<string, unknown>,
): Answer => ({
  status,
  headers,
  body: { success: false, error: { code, message: `It is ${code}.`, details }, timestamp: '2026-11-23T12:00:00.000Z' },
});

export const sessionEnded = (reason: 'ended' | 'never-registered') => failure(401, 'SESSION_ENDED', {}, { reason });

/** A token with claims, as a JWT carries them; nobody verifies it here. The `sub` is not plain ASCII. */
export const tokenWith = (claims: object): string =>
  ['e30', Buffer.from(JSON.stringify({ sub: 'üser/1', ...claims })).toString('base64url'), 'sig'].join('.');

export const TOKEN = tokenWith({});
export const USER_PATH = `/dev/users/${encodeURIComponent('üser/1')}/sessions`;

/** The scripts, one for each request that comes, and what came. */
function queueOf(scripts: Script[]) {
  const received: Received[] = [];
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  return {
    received,
    next(one: Received): Answer | 'cut' | 'hang' {
      received.push(one);
      for (const { count, go } of waiting) if (received.length >= count) go();
      const script = scripts.shift() ?? 'cut';
      return typeof script === 'function' ? script(one) : script;
    },
    /** Waits until so many requests have come. */
    async until(count: number): Promise<void> {
      if (received.length < count) await new Promise<void>((go) => waiting.push({ count, go }));
    },
  };
}

const bodyOf = (text: unknown) => (text ? JSON.parse(String(text)) : undefined);
const textOf = ({ body }: Answer) => (typeof body === 'string' ? body : JSON.stringify(body));
const headersOf = ({ headers }: Answer) => ({ 'x-amzn-RequestId': 'request-1', ...headers });

/** An API that answers as it is told, behind a `fetch` of its own: for the faults that the real one does not make. */
export function scriptedApi(...scripts: Script[]) {
  const { received, next, until } = queueOf(scripts);
  let close = () => {};
  const closed = new Promise<never>((_, reject) => {
    close = () => reject(new TypeError('fetch failed'));
  });
  closed.catch(() => undefined);

  const fetch: typeof globalThis.fetch = async (address, init = {}) => {
    const { signal } = init;
    signal?.throwIfAborted();
    const { pathname, search } = new URL(String(address));
    const script = next({
      method: init.method ?? 'GET',
      url: `${pathname}${search}`,
      authorization: new Headers(init.headers).get('authorization') ?? undefined,
      body: bodyOf(init.body),
    });
    if (script === 'cut') throw new TypeError('fetch failed');
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    if (script === 'hang') return Promise.race([aborted, closed]);
    await Promise.race([aborted, closed, script.after]);
    return new Response(textOf(script), { status: script.status, headers: headersOf(script) });
  };

  const baseUrl = 'https://api.example.com/dev';
  return {
    baseUrl,
    fetch,
    received,
    until,
    client: (options: Partial<SessionClientOptions> = {}) =>
      createSessionClient({ baseUrl, token: () => TOKEN, fetch, ...options }),
    /** Breaks the connections that wait for an answer. */
    close: () => close(),
  };
}

/** The same at a real address: for what the platform's own `fetch` does, and for other processes. */
export async function scriptedServer(...scripts: Script[]) {
  const { received, next } = queueOf(scripts);
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { method = '', url = '', headers } = request;
    const script = next({ method, url, authorization: headers.authorization, body: bodyOf(text) });
    if (script === 'cut') return void request.socket.destroy();
    if (script === 'hang') return;
    await script.after;
    response.writeHead(script.status, headersOf(script)).end(textOf(script));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What of the platform works by its own clock in any case. */
const REAL = ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;

/** From now on, time passes only in `pass`. */
export function stopTime(): void {
  jest.useFakeTimers({ doNotFake: [...REAL], now: Date.parse('2026-11-23T12:00:00.000Z') });
}

export async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
}

/** From now on, nobody waits: once nothing else is left to do, it is as late as the next timer says. */
export function hurry(): void {
  stopTime();
  // The types of jest lack it.
  (jest as unknown as { setTimerTickMode(mode: object): void }).setTimerTickMode({ mode: 'nextAsync' });
}
