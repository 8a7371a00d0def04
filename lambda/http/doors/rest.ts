import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, Statement } from 'aws-lambda';
import { contextOf, type Decision, type Door, type DoorOptions } from '../authorize';
import { authorizationIn, connectionOf } from '../request';

/**
 * REST APIs, and HTTP APIs with payload 1.0. With a live session, a token reaches the whole stage. Without one it
 * reaches only the requested route, and only if this is one of our own that needs none.
 *
 * A refusal is an explicit Deny whose context the gateway response renders.
 */
export const rest: Door = (event: APIGatewayRequestAuthorizerEvent, options) => {
  if (typeof event.methodArn !== 'string' || typeof event.httpMethod !== 'string') return undefined;
  const { httpMethod, resource, headers, multiValueHeaders, requestContext } = event;
  const route = isOwn(event, options) ? `${httpMethod}${resource}` : undefined;
  const isListed = (routes: readonly string[]) => route !== undefined && routes.includes(route);
  return {
    request: {
      requestId: requestContext.requestId,
      route: `${httpMethod} ${resource}`,
      credentials: authorizationIn(multiValueHeaders ?? headers),
      connection: connectionOf(event as Parameters<typeof connectionOf>[0], options.trustedOrigin),
      isFromServer: isListed(options.routesForServers),
      passive: !options.answersCached && isPassive(event),
      withoutSession: isListed(options.routesWithoutSession),
    },
    answer: (decision) => {
      const pattern = `${httpMethod}${resource.replace(/\{\w+\}/g, '*')}`;
      return policyFor(decision, event.methodArn, decision.allowed && !decision.session ? pattern : '*');
    },
  };
};

/** Another API may have a route of the same name: there it means something else, and needs a session. */
const isOwn = ({ methodArn, requestContext }: APIGatewayRequestAuthorizerEvent, { apiId }: DoorOptions): boolean =>
  requestContext.apiId === apiId && methodArn.split('/', 1)[0]?.split(':')[5] === apiId;

const isPassive = ({ httpMethod, queryStringParameters }: APIGatewayRequestAuthorizerEvent) =>
  httpMethod === 'GET' && queryStringParameters?.passive === 'true';

/** @param reach what the decision is about, below the stage that the ARN names */
export function policyFor(decision: Decision, methodArn: string, reach: string): APIGatewayAuthorizerResult {
  const stageArn = methodArn.split('/').slice(0, 2).join('/');
  const Statement: Statement = {
    Action: 'execute-api:Invoke',
    Effect: decision.allowed ? 'Allow' : 'Deny',
    Resource: [`${stageArn}/${reach}`],
  };
  return {
    principalId: (decision.allowed ? decision.caller.userId : decision.userId) ?? 'nobody',
    policyDocument: { Version: '2012-10-17', Statement: [Statement] },
    context: contextOf(decision),
  };
}
