import type { APIGatewayProxyEvent, APIGatewayProxyHandler, APIGatewayProxyResult } from 'aws-lambda';
import type { Caller, Connection } from '../domain/caller';
import { Refusal } from '../domain/errors';
import { type Answer, answerHeaders, fail, succeed } from './answers';
import { callerOf } from './authorizer-context';
import { connectionOf, header } from './request';

/** What a route's handler is given: the event and what stands in it for sure. */
export interface RouteRequest {
  readonly event: APIGatewayProxyEvent;
  readonly caller: Caller;
  readonly connection: Connection;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The one line that is logged for a request. Never a token, a header map or a body. */
export interface CompletionLine {
  readonly requestId: string;
  readonly route: string;
  readonly userId?: string;
  /** The caller's session, not hashed yet. */
  readonly sessionId?: string;
  readonly status: number;
  /** A failure's code. */
  readonly code?: string;
  readonly durationMs: number;
}

export interface RoutePorts {
  readonly allowedOrigins: readonly string[];
  readonly clock: () => number;
  /** @param cause what a 5xx does not tell the caller */
  readonly complete: (line: CompletionLine, cause?: unknown) => void;
}

/** Makes a Lambda handler of a route: the envelope, the headers, errors as answers, and one line in the log. */
export const routeWith =
  (ports: RoutePorts) =>
  (handle: (request: RouteRequest) => Promise<Answer>): APIGatewayProxyHandler =>
  async (event) => {
    const now = ports.clock();
    let caller: Caller | undefined;
    let failure: unknown;
    const answer = await (async (): Promise<APIGatewayProxyResult> => {
      try {
        caller = callerOf(event);
        return succeed(await handle({ event, caller, connection: connectionOf(event), now }));
      } catch (error) {
        failure = error;
        return fail(error, now);
      }
    })();
    const refusal = failure instanceof Refusal ? failure : undefined;
    ports.complete(
      {
        requestId: event.requestContext.requestId,
        route: `${event.httpMethod} ${event.resource}`,
        userId: caller?.userId,
        sessionId: caller?.sessionId,
        status: answer.statusCode,
        code: refusal?.code,
        durationMs: ports.clock() - now,
      },
      refusal ? refusal.cause : failure,
    );
    const headers = answerHeaders(ports.allowedOrigins, header(event.headers, 'origin'));
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };
