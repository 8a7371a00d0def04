import { authorize, type DoorOptions } from './http/authorize';
import { doorOf } from './http/doors/doors';
import { authorizerDeps } from './runtime/authorizer-deps';
import { optional, required, requiredList } from './runtime/environment';
import { logger, logSecurityEvent } from './runtime/logger';
import { trustedOrigin } from './runtime/wiring';

const deps = authorizerDeps(logSecurityEvent);
const options: DoorOptions = {
  apiId: required('apiId'),
  routesWithoutSession: requiredList('routesWithoutSession'),
  routesForServers: requiredList('routesForServers'),
  answersCached: optional('answersCached') === 'true',
  trustedOrigin: trustedOrigin(),
};

/** Lets a request through to its route if its token is good and its session live, whatever kind of API it came to. */
export async function handler(event: { readonly requestContext?: { readonly requestId?: string } }): Promise<object> {
  try {
    const { request, answer } = doorOf(event, options);
    return answer(await authorize(deps, request));
  } catch (error) {
    logger.error('authorizer', { requestId: event.requestContext?.requestId, error: error as Error });
    throw error;
  }
}
