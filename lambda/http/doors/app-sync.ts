import { contextOf, type Door } from '../authorize';
import { header } from '../request';

/** AppSync's Lambda authorization. AppSync reports no address but in headers, which a client can write. */
export const appSync: Door = (event) => {
  if (typeof event.authorizationToken !== 'string' || event.methodArn !== undefined) return undefined;
  const { authorizationToken: token, requestContext, requestHeaders } = event;
  return {
    request: {
      requestId: requestContext.requestId,
      route: `AppSync ${requestContext.apiId}`,
      // An API with several kinds of authorization takes a token for this one without the word Bearer.
      credentials: [/^Bearer /i.test(token) ? token : `Bearer ${token}`],
      connection: { userAgent: header(requestHeaders, 'user-agent') ?? '' },
      passive: false,
    },
    answer: (decision) =>
      decision.allowed
        ? { isAuthorized: true, resolverContext: contextOf(decision), ttlOverride: 0 }
        : { isAuthorized: false, ttlOverride: 0 },
  };
};
