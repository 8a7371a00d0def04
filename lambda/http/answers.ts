import type { APIGatewayProxyResult } from 'aws-lambda';
import { Refusal, STATUS } from '../domain/errors';
import { isoTime } from '../domain/session';

const RETRY_AFTER_SECONDS = '1';

export interface Answer {
  readonly status: number;
  readonly data: unknown;
  /** Beside `data`, when a list goes on. */
  readonly nextCursor?: string;
}

export const ok = (data: unknown): Answer => ({ status: 200, data });

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
