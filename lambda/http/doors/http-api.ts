import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { contextOf, type Door } from '../authorize';
import { authorizationIn, header } from '../request';
import { viewerOf } from '../viewer';

/** HTTP APIs with payload 2.0 and simple responses. The context of a refusal reaches the access log only. */
export const httpApi: Door = (event: APIGatewayRequestAuthorizerEventV2, { trustedOrigin }) => {
  if (event.version !== '2.0') return undefined;
  const { requestId, http } = event.requestContext;
  return {
    request: {
      requestId,
      route: event.routeKey,
      // Several headers arrive as one, joined by commas, which is no token.
      credentials: authorizationIn(event.headers),
      connection: {
        ipAddress: http.sourceIp,
        userAgent: http.userAgent,
        ...viewerOf((name) => header(event.headers ?? null, name), trustedOrigin),
      },
      passive: http.method === 'GET' && event.queryStringParameters?.passive === 'true',
    },
    answer: (decision) => ({ isAuthorized: decision.allowed, context: contextOf(decision) }),
  };
};
