import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { Connection, Identity } from '../domain/caller';
import type { Use } from '../domain/current';
import { Refusal, sessionEnded, unauthorized } from '../domain/errors';
import { isoTime } from '../domain/session';
import { type Audit, aboutRequest, type Happening, refused } from './audit';
import { toContext } from './authorizer-context';
import { connectionOf } from './request';

export interface AuthorizerPorts {
  readonly verify: (token: string) => Promise<Identity>;
  /** The live session that the identity stands for, with this use recorded. */
  readonly currentSession: (identity: Identity, connection: Connection, now: number) => Promise<Use>;
  /** `METHOD/path` patterns of the routes that need a good token only, and ask for no live session. */
  readonly routesWithoutSession: readonly string[];
  readonly clock: () => number;
  readonly audit: Audit;
}

/**
 * Decides what a request's token may reach. For a route that needs a live session, that is the whole stage or, without
 * one, the routes that need none. For those the session is not looked for: it would change nothing, and cost a read.
 * So an answer may be cached only by the route too.
 *
 * A refusal is a policy too, with the code and the message in its context for the gateway to answer with; an
 * error is thrown only where the decision could not be made, and the gateway then lets nobody pass.
 */
export async function authorize(
  ports: AuthorizerPorts,
  event: APIGatewayRequestAuthorizerEvent,
): Promise<APIGatewayAuthorizerResult> {
  const now = ports.clock();
  const request = event as Parameters<typeof aboutRequest>[0];
  let actor: string | undefined;
  const audit = (happening: Happening) =>
    ports.audit({ ...aboutRequest(request), actor, subject: actor, ...happening });
  const stageArn = event.methodArn.split('/').slice(0, 2).join('/');
  try {
    const identity = await ports.verify(bearerToken(event));
    actor = identity.userId;
    if (!ports.routesWithoutSession.includes(patternOf(event))) {
      const { session, renewed, ended } = await ports.currentSession(identity, connectionOf(request), now);
      if (session) {
        const { sessionId } = session;
        if (renewed) audit({ event: 'session_renewed', sessionId });
        return policy('Allow', [`${stageArn}/*`], identity.userId, toContext({ ...identity, sessionId }));
      }
      audit({ event: 'session_use_after_expire', sessionId: identity.signInId, reason: ended });
    }
    const reachable = ports.routesWithoutSession.map((route) => `${stageArn}/${route}`);
    return policy('Allow', reachable, identity.userId, { ...toContext(identity), ...told(sessionEnded(), now) });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'TRY_AGAIN') throw error;
    const happening = refused(error);
    if (happening) audit(happening);
    return policy('Deny', [`${stageArn}/*`], 'nobody', told(error, now));
  }
}

const patternOf = ({ httpMethod, resource }: APIGatewayRequestAuthorizerEvent) =>
  `${httpMethod}${resource.replace(/\{\w+\}/g, '*')}`;

const told = ({ code, message }: Refusal, now: number) => ({ code, message, timestamp: isoTime(now) });

function policy(
  effect: 'Allow' | 'Deny',
  resources: string[],
  principalId: string,
  context: APIGatewayAuthorizerResult['context'],
): APIGatewayAuthorizerResult {
  const Statement = [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resources }];
  return { principalId, policyDocument: { Version: '2012-10-17', Statement }, context };
}

function bearerToken({ multiValueHeaders }: APIGatewayRequestAuthorizerEvent): string {
  const values = Object.entries(multiValueHeaders ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, sent]) => sent ?? []);
  if (values.length === 0) throw unauthorized('The header Authorization is missing: send Bearer and a token.');
  const token = values.length === 1 && /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(values[0] ?? '')?.[1];
  if (!token) throw unauthorized('The header Authorization must be Bearer and one ID or access token.');
  return token;
}
