import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorizationIn } from '../lambda/http/request';
import { fail } from '../lambda/http/route';
import type { GuardedCaller, SessionGuard } from './guard';

/**
 * What a refused request is answered, as the session backend's own API does: for frameworks that have no middleware here.
 * @param error what `check` has thrown; anything but a refusal is answered 500, and says nothing of its cause
 */
export function refusalAnswer(error: unknown) {
  const { headers, ...answer } = fail(error, Date.now());
  return { ...answer, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers } };
}

/** A request that the middleware has let pass has a caller. */
export interface GuardedRequest extends IncomingMessage {
  caller?: GuardedCaller;
}

/** Middleware for Express and Connect: the next handlers find the caller in `request.caller`. */
export const expressGuard =
  (guard: SessionGuard) => async (request: GuardedRequest, response: ServerResponse, next: () => void) => {
    const { method, url = '', headersDistinct } = request;
    const [path, query] = url.split('?');
    const passive = method === 'GET' && new URLSearchParams(query).get('passive') === 'true';
    try {
      request.caller = await guard.check(headersDistinct.authorization, { passive, route: `${method} ${path}` });
    } catch (error) {
      const { statusCode, headers, body } = refusalAnswer(error);
      response.writeHead(statusCode, headers).end(body);
      return;
    }
    next();
  };

/** Wraps a Lambda handler behind a function URL or an API without an authorizer. Its second parameter is the caller. */
export const lambdaGuard =
  (guard: SessionGuard) =>
  <Event extends ProxyEvent, Answer>(handle: (event: Event, caller: GuardedCaller) => Promise<Answer>) =>
  async (event: Event): Promise<Answer | ReturnType<typeof refusalAnswer>> => {
    const { headers, multiValueHeaders, queryStringParameters, httpMethod, requestContext } = event;
    const method = httpMethod ?? requestContext?.http?.method;
    const passive = method === 'GET' && queryStringParameters?.passive === 'true';
    let caller: GuardedCaller;
    try {
      caller = await guard.check(authorizationIn(multiValueHeaders ?? headers), { passive });
    } catch (error) {
      return refusalAnswer(error);
    }
    return handle(event, caller);
  };

/** What the events of REST APIs, HTTP APIs and function URLs have in common. */
interface ProxyEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, string[] | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly httpMethod?: string;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
}
