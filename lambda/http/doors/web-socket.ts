import type { Door } from '../authorize';
import { authorizationIn, connectionOf } from '../request';
import { policyFor } from './rest';

/**
 * WebSocket APIs: who opens a connection. A browser can set no header there, so the token may also be in the query
 * string.
 */
export const webSocket: Door = (event, { trustedOrigin }) => {
  if (event.requestContext?.eventType !== 'CONNECT') return undefined;
  const query = event.multiValueQueryStringParameters ?? event.queryStringParameters;
  const tokens: string[] = [query?.token ?? []].flat();
  return {
    request: {
      requestId: event.requestContext.requestId,
      route: '$connect',
      credentials: [
        ...authorizationIn(event.multiValueHeaders ?? event.headers),
        ...tokens.map((token) => `Bearer ${token}`),
      ],
      connection: connectionOf(event, trustedOrigin),
      passive: event.queryStringParameters?.passive === 'true',
    },
    answer: (decision) => policyFor(decision, event.methodArn, '$connect'),
  };
};
