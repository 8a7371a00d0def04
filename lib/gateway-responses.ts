import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/**
 * What the gateway answers by itself, in the envelope that the handlers use. Its templates know substitution
 * only, and no time in ISO 8601: `timestamp` is epoch milliseconds here.
 */
const OWN: ReadonlyArray<readonly [type: ResponseType, status: number, code: string, message: string]> = [
  // Only where the authorizer's answers are kept: the gateway then wants what they are found by.
  [
    ResponseType.UNAUTHORIZED,
    401,
    'UNAUTHORIZED',
    'A header is missing: send Authorization with Bearer and a token, and User-Agent.',
  ],
  [
    ResponseType.MISSING_AUTHENTICATION_TOKEN,
    403,
    'MISSING_AUTHENTICATION_TOKEN',
    'There is no such route: check the method and the path.',
  ],
  [ResponseType.REQUEST_TOO_LARGE, 413, 'PAYLOAD_TOO_LARGE', 'The request is too large.'],
  [
    ResponseType.UNSUPPORTED_MEDIA_TYPE,
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'The body must be JSON: send Content-Type: application/json.',
  ],
  [ResponseType.THROTTLED, 429, 'TOO_MANY_REQUESTS', 'Too many requests. Send it again in a moment.'],
  [ResponseType.QUOTA_EXCEEDED, 429, 'TOO_MANY_REQUESTS', 'The quota of this client is used up.'],
  // The authorizer fails where it could not decide: the database or the issuer did not answer.
  [
    ResponseType.AUTHORIZER_FAILURE,
    503,
    'TRY_AGAIN',
    'The request could not be checked right now. Send it again in a moment.',
  ],
  [ResponseType.INTEGRATION_TIMEOUT, 503, 'TRY_AGAIN', 'The request took too long. Send it again in a moment.'],
  // Without a status of their own these two keep the one that the gateway found.
  [ResponseType.DEFAULT_4XX, 0, 'INVALID_PROFILE_DATA', 'The gateway could not read the request.'],
  [
    ResponseType.DEFAULT_5XX,
    0,
    'INTERNAL_SERVER_ERROR',
    'Something went wrong on our side. If it persists, tell us the request id.',
  ],
];

const RETRIED = new Set(['TRY_AGAIN', 'TOO_MANY_REQUESTS']);

/** @param allowedOrigin what the answers' `Access-Control-Allow-Origin` says: the gateway cannot choose among several */
export function addGatewayResponses(api: RestApi, allowedOrigin: string): void {
  const headers = {
    'Access-Control-Allow-Origin': `'${allowedOrigin}'`,
    'Access-Control-Expose-Headers': "'Retry-After,x-amzn-RequestId'",
    'Cache-Control': "'no-store'",
  };
  for (const [type, status, code, message] of OWN) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status > 0 && { statusCode: String(status) }),
      responseHeaders: { ...headers, ...(RETRIED.has(code) && { 'Retry-After': "'1'" }) },
      templates: { 'application/json': envelope(code, message, '$context.requestTimeEpoch') },
    });
  }
  // A denied request is one that the authorizer refused, and it says why.
  api.addGatewayResponse('ACCESS_DENIED', {
    type: ResponseType.ACCESS_DENIED,
    statusCode: '401',
    responseHeaders: headers,
    templates: {
      'application/json': envelope(
        '$context.authorizer.code',
        '$context.authorizer.message',
        '"$context.authorizer.timestamp"',
      ),
    },
  });
}

const envelope = (code: string, message: string, timestamp: string) =>
  `{"success":false,"error":{"code":"${code}","message":"${message}"},"timestamp":${timestamp}}`;
