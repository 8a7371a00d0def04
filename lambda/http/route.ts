import type { APIGatewayProxyEvent, APIGatewayProxyHandler, APIGatewayProxyResult } from 'aws-lambda';
import type { Connection, Identity } from '../domain/caller';
import { Refusal, STATUS } from '../domain/errors';
import { isoTime } from '../domain/session';
import { type Audit, aboutRequest, type Happening, securityEventFor } from './audit';
import { callerOf, connectionOf, header, pathId } from './request';
import type { TrustedOrigin } from './viewer';

export interface Answer {
  readonly status: number;
  readonly data: unknown;
  /** Beside `data`, when a list goes on. */
  readonly nextCursor?: string;
}

export const ok = (data: unknown): Answer => ({ status: 200, data });

/** What a route's handler gets: the event, and what was read from it. */
export interface RouteRequest {
  readonly event: APIGatewayProxyEvent;
  readonly caller: Identity;
  readonly connection: Connection;
  /** Epoch milliseconds. */
  readonly now: number;
  /** When the answer is due, epoch milliseconds. All calls that the request makes must end by then. */
  readonly deadline: number;
  /** Whether there is time for another piece of work before the deadline. */
  readonly isTimeLeft: () => boolean;
  /** Logs a security event. The caller, the user in the path and the connection are added. */
  readonly audit: (happening: Happening) => void;
}

/** The one line that is logged for a request. Never a token, a header map or a body. */
export interface CompletionLine {
  readonly requestId: string;
  readonly route: string;
  readonly userId?: string;
  /** The caller's sign-in, which is also the session's id; not hashed yet. */
  readonly sessionId?: string;
  readonly status: number;
  /** A failure's code. */
  readonly code?: string;
  readonly durationMs: number;
}

/** How long before the deadline the last piece of work begins, in milliseconds. */
const LAST_PIECE_MS = 1_000;

export interface RouteDeps {
  readonly allowedOrigins: readonly string[];
  /** @default - the connection's own address is the client's */
  readonly trustedOrigin?: TrustedOrigin;
  readonly clock: () => number;
  /** How long a request may take, in milliseconds. */
  readonly requestMs: number;
  /** @param cause what a 5xx does not tell the caller */
  readonly complete: (line: CompletionLine, cause?: unknown) => void;
  readonly audit: Audit;
}

/** Makes a Lambda handler of a route: the envelope, the headers, errors as answers, and one line in the log. */
export const routeWith =
  (deps: RouteDeps) =>
  (handle: (request: RouteRequest) => Promise<Answer>): APIGatewayProxyHandler =>
  async (event) => {
    const now = deps.clock();
    const { requestId } = event.requestContext;
    const routeName = `${event.httpMethod} ${event.resource}`;
    let caller: Identity | undefined;
    let failure: unknown;
    const subject = subjectOf(event);
    const connection = connectionOf(event, deps.trustedOrigin);
    const deadline = now + deps.requestMs;
    const isTimeLeft = () => deps.clock() < deadline - LAST_PIECE_MS;
    const audit = (happening: Happening) =>
      deps.audit({
        ...aboutRequest(requestId, routeName, connection),
        actor: caller?.userId,
        subject: subject ?? caller?.userId,
        sessionId: caller?.signInId,
        ...happening,
      });
    const answer = await (async (): Promise<APIGatewayProxyResult> => {
      try {
        caller = callerOf(event);
        return succeed(await handle({ event, caller, connection, now, deadline, isTimeLeft, audit }));
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
    deps.complete(
      {
        requestId,
        route: routeName,
        userId: caller?.userId,
        sessionId: caller?.signInId,
        status: answer.statusCode,
        code: refusal?.code,
        durationMs: deps.clock() - now,
      },
      refusal ? refusal.cause : failure,
    );
    const headers = answerHeaders(deps.allowedOrigins, header(event.headers, 'origin'));
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };

/** The user whom the path names, if it names one and not the caller. */
function subjectOf(event: APIGatewayProxyEvent): string | undefined {
  try {
    const id = event.pathParameters?.id && pathId(event, 'id');
    return id === 'me' ? undefined : id;
  } catch {
    return undefined;
  }
}

const RETRY_AFTER_SECONDS = '1';

/** The envelope of a success. */
export const succeed = ({ status, ...body }: Answer): Pick<APIGatewayProxyResult, 'statusCode' | 'body'> => ({
  statusCode: status,
  body: JSON.stringify({ success: true, ...body }),
});

/** The envelope of a failure. What is no refusal says nothing of its cause. */
export function fail(error: unknown, now: number): Pick<APIGatewayProxyResult, 'statusCode' | 'body' | 'headers'> {
  const refusal = error instanceof Refusal ? error : undefined;
  const code = refusal?.code ?? 'INTERNAL_SERVER_ERROR';
  const message =
    refusal?.message ?? 'Something went wrong on our side. If it persists, tell us the request id in this answer.';
  return {
    statusCode: refusal ? STATUS[refusal.code] : 500,
    headers: code === 'TRY_AGAIN' ? { 'Retry-After': RETRY_AFTER_SECONDS } : {},
    body: JSON.stringify({
      success: false,
      error: { code, message, details: refusal?.details },
      timestamp: isoTime(now),
    }),
  };
}

/** The headers of every answer. A browser may read them from the origins that the stage allows. */
export function answerHeaders(allowedOrigins: readonly string[], origin: string | undefined): Record<string, string> {
  const allowed = allowedOrigins.includes('*')
    ? '*'
    : (allowedOrigins.find((one) => one === origin) ?? allowedOrigins[0]);
  return {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': allowed ?? 'null',
    'Access-Control-Expose-Headers': 'Retry-After,x-amzn-RequestId',
    ...(allowed !== '*' && { Vary: 'Origin' }),
  };
}
