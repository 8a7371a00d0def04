import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { Identity, SessionCheck } from '../domain/caller';
import { Refusal, sessionEnded, unauthorized } from '../domain/errors';
import { isoTime } from '../domain/session';
import { type Audit, aboutRequest, type Happening, securityEventFor } from './audit';
import { toContext } from './request';

export interface AuthorizerDeps {
  readonly verify: (token: string) => Promise<Identity>;
  /** The identity's session at this moment; `passive` means that this use does not count as activity. */
  readonly resolveSession: (
    identity: Identity,
    use: { readonly now: number; readonly passive: boolean },
  ) => Promise<SessionCheck>;
  readonly clock: () => number;
  readonly audit: Audit;
}

export interface AuthorizerOptions {
  /** Our own API's id. The authorizer also answers for other APIs of the team. */
  readonly apiId: string;
  /** `METHOD/path` of our own routes that need a good token but no live session, the path as the gateway names it. */
  readonly routesWithoutSession: readonly string[];
  /** Whether the gateway caches answers. Then `passive` is ignored: the cache does not tell such requests apart. */
  readonly answersCached: boolean;
}

/**
 * Decides what a request's token may reach: the whole stage with a live session. Without one, a token reaches only the
 * requested route, and only if this is one of our own routes that need no session. For those the session is not read.
 *
 * A refusal is an explicit Deny whose context carries the code, the message, the time and the reason; the gateway
 * response renders them.
 * @throws an error only if the decision could not be made; the gateway then lets nobody through
 */
export async function authorize(
  deps: AuthorizerDeps,
  options: AuthorizerOptions,
  event: APIGatewayRequestAuthorizerEvent,
): Promise<APIGatewayAuthorizerResult> {
  const now = deps.clock();
  const request = event as Parameters<typeof aboutRequest>[0];
  const stageArn = event.methodArn.split('/').slice(0, 2).join('/');
  let actor: string | undefined;
  const audit = (happening: Happening) => deps.audit({ ...aboutRequest(request), actor, subject: actor, ...happening });
  const deny = (refusal: Refusal) => policy('Deny', `${stageArn}/*`, actor ?? 'nobody', denialContext(refusal, now));
  try {
    const identity = await deps.verify(bearerToken(event));
    const { userId, signInId } = identity;
    actor = userId;
    if (isWithoutSession(event, options)) {
      return policy('Allow', `${stageArn}/${patternOf(event)}`, userId, toContext(identity));
    }
    const passive = !options.answersCached && isPassive(event);
    const check = await deps.resolveSession(identity, { now, passive });
    if (check.session) {
      if (check.renewed) audit({ event: 'session_renewed', sessionId: signInId });
      return policy('Allow', `${stageArn}/*`, userId, toContext(identity));
    }
    audit({ event: 'session_use_after_expire', sessionId: signInId, reason: check.end ?? check.reason });
    return deny(sessionEnded(check.reason));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'TRY_AGAIN') throw error;
    const happening = securityEventFor(error);
    if (happening) audit(happening);
    return deny(error);
  }
}

/** Another API may have a route of the same name: there it means something else, and needs a session. */
function isWithoutSession(
  { httpMethod, resource, methodArn, requestContext }: APIGatewayRequestAuthorizerEvent,
  { apiId, routesWithoutSession }: AuthorizerOptions,
): boolean {
  const isOwnApi = requestContext.apiId === apiId && methodArn.split('/', 1)[0]?.split(':')[5] === apiId;
  return isOwnApi && routesWithoutSession.includes(`${httpMethod}${resource}`);
}

const patternOf = ({ httpMethod, resource }: APIGatewayRequestAuthorizerEvent) =>
  `${httpMethod}${resource.replace(/\{\w+\}/g, '*')}`;

const isPassive = ({ httpMethod, queryStringParameters }: APIGatewayRequestAuthorizerEvent) =>
  httpMethod === 'GET' && queryStringParameters?.passive === 'true';

/**
 * What the gateway answers a denied request with. It inserts the values into a JSON template without escaping, so
 * quotes, backslashes and line breaks are replaced.
 */
function denialContext({ code, message, details }: Refusal, now: number): Record<string, string> {
  const values = { code, message, timestamp: isoTime(now), reason: details?.reason ?? code };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replace(/["\\\p{Cc}\u2028\u2029]/gu, ' ')]),
  );
}

function policy(
  effect: 'Allow' | 'Deny',
  resource: string,
  principalId: string,
  context: APIGatewayAuthorizerResult['context'],
): APIGatewayAuthorizerResult {
  const Statement = [{ Action: 'execute-api:Invoke', Effect: effect, Resource: [resource] }];
  return { principalId, policyDocument: { Version: '2012-10-17', Statement }, context };
}

function bearerToken({ multiValueHeaders }: APIGatewayRequestAuthorizerEvent): string {
  const values = Object.entries(multiValueHeaders ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, sent]) => sent ?? []);
  if (values.length === 0) {
    throw unauthorized('The header Authorization is missing: send Bearer and a token.', 'no-token');
  }
  const token = values.length === 1 && /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(values[0] ?? '')?.[1];
  if (!token) throw unauthorized('The header Authorization must be Bearer and one ID or access token.');
  return token;
}
