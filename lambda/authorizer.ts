import type { APIGatewayRequestAuthorizerHandler } from 'aws-lambda';
import { useCurrentSession } from './domain/current';
import { type AuthorizerPorts, authorize } from './http/authorize';
import { tokenVerifier } from './identity/token-verifier';
import { required, requiredList } from './runtime/environment';
import { logger, logSecurityEvent } from './runtime/logger';
import { policy, store } from './runtime/store';

const verifier = tokenVerifier({
  issuer: required('tokenIssuer'),
  clientIds: requiredList('tokenClientIds'),
  adminGroup: required('adminGroup'),
  acceptUnnamedSignIns: required('acceptUnnamedSignIns') === 'true',
  providers: JSON.parse(required('openIdProviders')),
});
// While the function starts, not in the first request.
void verifier.warmUp();

const ports: AuthorizerPorts = {
  verify: verifier.verify,
  currentSession: (identity, connection, now) => useCurrentSession(store, identity, connection, now, policy),
  routesWithoutSession: requiredList('routesWithoutSession'),
  clock: Date.now,
  audit: logSecurityEvent,
};

/** Lets a request pass to its route when its token is good and its session live. */
export const handler: APIGatewayRequestAuthorizerHandler = async (event) => {
  try {
    return await authorize(ports, event);
  } catch (error) {
    logger.error('authorizer', { requestId: event.requestContext.requestId, error: error as Error });
    throw error;
  }
};
