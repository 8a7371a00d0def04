import type { APIGatewayRequestAuthorizerHandler } from 'aws-lambda';
import { resolveCurrentSession } from './domain/caller';
import { type AuthorizerDeps, authorize } from './http/authorize';
import { tokenVerifier } from './identity/token-verifier';
import { optional, REQUEST_SECONDS, required, requiredList } from './runtime/environment';
import { logger, logSecurityEvent } from './runtime/logger';
import { fetchKeys, sessionStore, stagePolicy } from './runtime/wiring';

const verifier = tokenVerifier(
  {
    issuer: required('tokenIssuer'),
    clientIds: requiredList('tokenClientIds'),
    adminGroup: required('adminGroup'),
    adminClaim: optional('adminClaim'),
    acceptUnnamedSignIns: required('acceptUnnamedSignIns') === 'true',
    providers: JSON.parse(required('openIdProviders')),
  },
  { fetch: fetchKeys(), clock: Date.now },
);
// While the function starts, not in the first request.
void verifier.warmUp();

const store = sessionStore();
const policy = stagePolicy();
const deps: AuthorizerDeps = {
  verify: verifier.verify,
  resolveSession: (identity, use) =>
    resolveCurrentSession(store.until(use.now + REQUEST_SECONDS * 1_000), identity, { ...use, policy }),
  clock: Date.now,
  audit: logSecurityEvent,
};
const options = {
  apiId: required('apiId'),
  routesWithoutSession: requiredList('routesWithoutSession'),
  answersCached: optional('answersCached') === 'true',
};

/** Lets a request through to its route if its token is good and its session live. */
export const handler: APIGatewayRequestAuthorizerHandler = async (event) => {
  try {
    return await authorize(deps, options, event);
  } catch (error) {
    logger.error('authorizer', { requestId: event.requestContext.requestId, error: error as Error });
    throw error;
  }
};
