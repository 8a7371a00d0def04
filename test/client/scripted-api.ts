import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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

/** An API that answers as it is told: for the faults that the real one does not make. */
export async function scriptedApi(...scripts: Script[]) {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      body: text ? JSON.parse(text) : undefined,
    };
    received.push(one);
    const next = scripts.shift() ?? 'cut';
    const script = typeof next === 'function' ? next(one) : next;
    if (script === 'cut') return void request.socket.destroy();
    if (script === 'hang') return;
    await script.after;
    const body = typeof script.body === 'string' ? script.body : JSON.stringify(script.body);
    response.writeHead(script.status, { 'x-amzn-RequestId': 'request-1', ...script.headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`;
  return {
    baseUrl,
    received,
    /** Waits until so many requests have come. */
    async until(count: number) {
      while (received.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    client: (options: Partial<SessionClientOptions> = {}) =>
      createSessionClient({ baseUrl, token: () => TOKEN, ...options }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
