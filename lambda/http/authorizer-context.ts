import type { APIGatewayAuthorizerResultContext, APIGatewayProxyEvent } from 'aws-lambda';
import type { Identity } from '../domain/caller';

/** An identity as the authorizer passes it to the handlers: the gateway carries flat strings only. */
export const toContext = ({ signedInAt, ...identity }: Identity): APIGatewayAuthorizerResultContext => ({
  ...identity,
  signedInAt: String(signedInAt),
});

/** @throws an error if the request did not come through the authorizer: then nobody is the caller */
export function callerOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): Identity {
  const context = event.requestContext.authorizer;
  if (!context?.userId || !context.signInId) {
    throw new Error('The request carries no caller: the route has no authorizer.');
  }
  return {
    userId: context.userId,
    role: context.role === 'admin' ? 'admin' : 'user',
    signInId: context.signInId,
    signedInAt: Number(context.signedInAt),
  };
}
