import type { APIGatewayProxyEvent, APIGatewayProxyHandler, APIGatewayProxyResult } from 'aws-lambda';
import type { Connection, Identity } from '../domain/caller';
import { Refusal } from '../domain/errors';
import { type Answer, answerHeaders, fail, succeed } from './answers';
import { type Audit, aboutRequest, type Happening, securityEventFor } from './audit';
import { callerOf } from './authorizer-context';
import { connectionOf, header, pathId } from './request';

/** What a route's handler is given: the event and what stands in it for sure. */
export interface RouteRequest {
  readonly event: APIGatewayProxyEvent;
  readonly caller: Identity;
  readonly connection: Connection;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Tells of a security event; the caller, the user in the path and the connection are known. */
  readonly audit: (happening: Happening) => void;
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
  readonly audit: Audit;
}

/** Makes a Lambda handler of a route: the envelope, the headers, errors as answers, and one line in the log. */
export const routeWith =
  (ports: RoutePorts) =>
  (handle: (request: RouteRequest) => Promise<Answer>): APIGatewayProxyHandler =>
  async (event) => {
    const now = ports.clock();
    let caller: Identity | undefined;
    let failure: unknown;
    const subject = subjectOf(event);
    const sessionId = () => caller?.signInId;
    const audit = (happening: Happening) =>
      ports.audit({
        ...aboutRequest(event),
        actor: caller?.userId,
        subject: subject ?? caller?.userId,
        sessionId: sessionId(),
        ...happening,
      });
    const answer = await (async (): Promise<APIGatewayProxyResult> => {
      try {
        caller = callerOf(event);
        return succeed(await handle({ event, caller, connection: connectionOf(event), now, audit }));
      } catch (error) {
        failure = error;
        return fail(error, now);
      }
    })();
    const refusal = failure instanceof Refusal ? failure : undefined;
    const happening = refusal && securityEventFor(refusal);
    if (happening) audit(happening);
    else if (caller?.role === 'admin' && subject !== undefined && subject !== caller.userId) {
      audit({ event: 'authz_admin', reason: refusal?.code });
    }
    ports.complete(
      {
        requestId: event.requestContext.requestId,
        route: `${event.httpMethod} ${event.resource}`,
        userId: caller?.userId,
        sessionId: sessionId(),
        status: answer.statusCode,
        code: refusal?.code,
        durationMs: ports.clock() - now,
      },
      refusal ? refusal.cause : failure,
    );
    const headers = answerHeaders(ports.allowedOrigins, header(event.headers, 'origin'));
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };

/** The user whom the path names, where it names one. */
function subjectOf(event: APIGatewayProxyEvent): string | undefined {
  try {
    return event.pathParameters?.id && pathId(event, 'id');
  } catch {
    return undefined;
  }
}
