import type { APIGatewayAuthorizerResultContext, APIGatewayProxyEvent } from 'aws-lambda';
import type { Caller } from '../domain/caller';

/** A caller as the authorizer hands it to the handlers: the gateway carries flat strings only. */
export const toContext = (caller: Caller): APIGatewayAuthorizerResultContext => ({
  userId: caller.userId,
  role: caller.role,
  issuer: caller.issuer,
  signedInAt: String(caller.signedInAt),
  ...(caller.signInId !== undefined && { signInId: caller.signInId }),
  ...(caller.sessionId !== undefined && { sessionId: caller.sessionId }),
});

/** @throws an error when the request did not come through the authorizer: then nobody is the caller */
export function callerOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): Caller {
  const context = event.requestContext.authorizer;
  if (!context?.userId) throw new Error('The request carries no caller: the route has no authorizer.');
  return {
    userId: context.userId,
    role: context.role === 'admin' ? 'admin' : 'user',
    issuer: context.issuer,
    signedInAt: Number(context.signedInAt),
    ...(context.signInId !== undefined && { signInId: context.signInId }),
    ...(context.sessionId !== undefined && { sessionId: context.sessionId }),
  };
}
