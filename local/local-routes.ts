import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { jsonObject, readBody } from './bodies';
import type { DeadLetter } from './dead-letters';
import type { PutEvent } from './event-bus';
import type { Issuer, SignIn } from './issuer';
import type { Rules } from './rules';
import type { UserPoolApi } from './user-pool-api';

/** The issuer's path below the server's address; its keys are where a user pool has them. */
export const USER_POOL_PATH = '/_local/user-pool';
const MOST_BODY_BYTES = 1024 * 1024;
/** Where the user pool answers as Cognito does: in its tokens' issuer, all but the last part. */
export const COGNITO_PATH = '/_local/';
/** What a frontend's own development server calls from the browser. */
const PAGE_PATHS = ['/_local/sign-in', '/_local/refresh', COGNITO_PATH];

export interface LocalRoutes {
  readonly issuer: Issuer;
  readonly userPool: UserPoolApi;
  readonly rules: Rules;
  readonly ready: () => boolean;
  /** Of the API's stage on this server. */
  readonly apiPath: string;
  /** What was put on the event buses. */
  readonly events: readonly PutEvent[];
  /** What ended in the stack's dead-letter queues. */
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * Serves what stands under `/_local/`: nothing of it is in what is deployed. The caller has refused pages of other
 * machines.
 */
export async function serveLocalRoute(
  routes: LocalRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { issuer, userPool, rules, apiPath, ready, events, deadLetters } = routes;
  const [path = ''] = (request.url ?? '').split('?');
  const route = `${request.method} ${path}`;
  if (PAGE_PATHS.includes(path)) allowOrigin(request, response);
  if (request.method === 'OPTIONS' && PAGE_PATHS.includes(path)) return void response.writeHead(204).end();
  if (route === `GET ${USER_POOL_PATH}/.well-known/jwks.json`) return sendJson(response, 200, issuer.keys);
  if (route === 'GET /_local/events') return sendJson(response, 200, { events });
  if (route === 'GET /_local/dead-letters') return sendJson(response, 200, { deadLetters });
  if (route === 'GET /_local/openapi.json') return sendFile(response, 'application/json', '..', 'docs', 'openapi.json');
  if (route === 'GET /_local/docs') return sendFile(response, 'text/html; charset=utf-8', 'reader.html');
  if (route === 'GET /_local/health') return sendJson(response, ready() ? 200 : 503, { ready: ready(), apiPath });
  if (request.method !== 'POST') return sendJson(response, 404, { error: `There is no ${route}.` });
  if (path === COGNITO_PATH) return userPool.serve(request, response);

  const text = await readBody(request, MOST_BODY_BYTES);
  if (!text) return sendJson(response, 413, { error: `The body has more than ${MOST_BODY_BYTES} bytes.` });
  const body = jsonObject(text.toString() || '{}');
  if (!body) return sendJson(response, 400, { error: 'The body must be a JSON object of at most 100 levels.' });
  if (path === '/_local/sign-in') {
    const wrong = wrongSignIn(body);
    return wrong
      ? sendJson(response, 400, { error: wrong })
      : sendJson(response, 200, await issuer.signIn(body as unknown as SignIn));
  }
  if (path === '/_local/refresh') {
    const tokens = typeof body.refreshToken === 'string' ? await issuer.refresh(body.refreshToken) : undefined;
    return tokens
      ? sendJson(response, 200, tokens)
      : sendJson(response, 401, { error: 'refreshToken is not one of this user pool, or has expired.' });
  }
  if (path === '/_local/revoke') {
    if (typeof body.refreshToken === 'string') await issuer.revoke(body.refreshToken);
    // As a user pool does: what is not a refresh token of its own needs no revoking.
    return sendJson(response, 200, {});
  }
  const ruleName = /^\/_local\/events\/([^/]+)$/.exec(path)?.[1];
  if (!ruleName) return sendJson(response, 404, { error: `There is no ${route}.` });
  try {
    const fired = await rules.fire(ruleName, body);
    return fired
      ? sendJson(response, 200, fired.result)
      : sendJson(response, 404, { error: `The stack has no rule ${ruleName}.` });
  } catch (error) {
    return sendJson(response, 502, { error: `The target of ${ruleName} failed: ${(error as Error).message}` });
  }
}

/** Lets a page of this machine read the answer; the caller has let no other one come this far. */
function allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', 'content-type,x-amz-target');
  response.setHeader('vary', 'origin');
}

function wrongSignIn({ username, groups, claims }: Record<string, unknown>): string | undefined {
  if (typeof username !== 'string' || username === '') return 'username must be a non-empty string.';
  if (groups !== undefined && !(Array.isArray(groups) && groups.every((group) => typeof group === 'string'))) {
    return 'groups must be an array of strings.';
  }
  if (claims !== undefined && (typeof claims !== 'object' || claims === null || Array.isArray(claims))) {
    return 'claims must be an object.';
  }
  return undefined;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function sendFile(response: ServerResponse, type: string, ...path: string[]): Promise<void> {
  const file = await readFile(join(__dirname, ...path));
  response.writeHead(200, { 'content-type': type });
  response.end(file);
}
