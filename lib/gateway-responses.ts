import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/**
 * What the gateway answers on its own, in the envelope that the handlers use. Its templates know substitution
 * only, and no time in ISO 8601: `timestamp` is epoch milliseconds here.
 */
const OWN: ReadonlyArray<readonly [type: ResponseType, status: number, code: string, message: string]> = [
  // Only if the stage caches the authorizer's answers: the gateway then refuses a request that lacks a part of the key.
  [ResponseType.UNAUTHORIZED, 401, 'UNAUTHORIZED', 'The header Authorization is missing: send Bearer and a token.'],
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
  // The authorizer could not decide, because the database or the issuer did not answer. If its function throws, a REST
  // API reports CONFIGURATION_ERROR; FAILURE is its name for other failures of an authorizer.
  ...[ResponseType.AUTHORIZER_CONFIGURATION_ERROR, ResponseType.AUTHORIZER_FAILURE].map(
    (type) =>
      [type, 503, 'TRY_AGAIN', 'The request could not be checked right now. Send it again in a moment.'] as const,
  ),
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
  // A denied request is one that the authorizer refused. Its context says why, and always has a reason.
  api.addGatewayResponse('ACCESS_DENIED', {
    type: ResponseType.ACCESS_DENIED,
    statusCode: '401',
    responseHeaders: headers,
    templates: {
      'application/json': envelope(
        '$context.authorizer.code',
        '$context.authorizer.message',
        '"$context.authorizer.timestamp"',
        ',"details":{"reason":"$context.authorizer.reason"}',
      ),
    },
  });
}

const envelope = (code: string, message: string, timestamp: string, details = '') =>
  `{"success":false,"error":{"code":"${code}","message":"${message}"${details}},"timestamp":${timestamp}}`;
