import { Problem } from '../command/problem';
import { FunctionFailure, type Functions } from './functions';
import { GatewayAnswer } from './gateway-answers';
import type { Method } from './gateway-methods';
import { type Exchange, proxyEvent, type Stage } from './gateway-requests';
import { type Statement, verdict } from './policies';
import { ACCOUNT, REGION } from './template';

/** More answers are not kept. */
const MOST_DECISIONS = 10_000;

type Context = Readonly<Record<string, string>>;

interface Decision {
  readonly statements: readonly Statement[];
  readonly context: Context;
}

/** The ARN of a method of the API, or of a request to it. */
export const executeArn = ({ apiId, stage }: Stage, method: string, path: string): string =>
  `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${stage}/${method}${path}`;

/**
 * Asks authorizers, and keeps their answers as long as they say, by the values of their identity sources.
 * @returns the context that the function gets
 * @throws the gateway's answer to a request that may not pass
 */
export function gatewayAuthorizer(functions: Functions, stage: Stage) {
  const kept = new Map<string, { readonly until: number; readonly decision: Decision }>();

  return async (
    { resourcePath, authorizer }: Method,
    exchange: Exchange,
    parameters: Record<string, string>,
  ): Promise<Context | undefined> => {
    if (!authorizer) return undefined;
    const { functionArn, identitySources, cacheSeconds } = authorizer;
    const identity = identitySources.map((source) => identityValue(source, exchange, resourcePath));
    if (identity.some((value) => !value)) throw new GatewayAnswer('UNAUTHORIZED', 401);
    const methodArn = executeArn(stage, exchange.method, exchange.path.replace(/(?<=.)\/$/, ''));
    const { body: _, isBase64Encoded: __, ...request } = proxyEvent(stage, resourcePath, exchange, parameters);
    const ask = () => decide(functionArn, { ...request, type: 'REQUEST', methodArn });
    const decision = cacheSeconds > 0 ? await cached(JSON.stringify([functionArn, ...identity]), ask) : await ask();
    switch (verdict(decision.statements, 'execute-api:Invoke', methodArn)) {
      case 'allowed':
        return decision.context;
      case 'denied':
        throw new GatewayAnswer('ACCESS_DENIED', 403, decision.context);
      default:
        // AWS documents that the context survives for an explicit deny only.
        throw new GatewayAnswer('ACCESS_DENIED', 403);
    }

    async function cached(key: string, decideNow: () => Promise<Decision>): Promise<Decision> {
      const known = kept.get(key);
      if (known && known.until > Date.now()) return known.decision;
      const decision = await decideNow();
      if (kept.size >= MOST_DECISIONS) kept.clear();
      kept.set(key, { until: Date.now() + cacheSeconds * 1_000, decision });
      return decision;
    }
  };

  async function decide(functionArn: string, event: unknown): Promise<Decision> {
    let result: any;
    try {
      result = await functions.invoke(functionArn, event);
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      // The one message that means something to the gateway.
      if (error.message === 'Unauthorized') throw new GatewayAnswer('UNAUTHORIZED', 401);
      throw new GatewayAnswer('AUTHORIZER_CONFIGURATION_ERROR', 500);
    }
    const { principalId, policyDocument, context } = result ?? {};
    const values = Object.entries(context ?? {});
    const isFlat = values.every(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
    if (!principalId || !policyDocument?.Statement || !isFlat) {
      throw new GatewayAnswer('AUTHORIZER_CONFIGURATION_ERROR', 500);
    }
    const texts = Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
    return { statements: [policyDocument.Statement].flat(), context: { ...texts, principalId } };
  }
}

function identityValue(
  source: string,
  { headers, query, request, method }: Exchange,
  resourcePath: string,
): string | undefined {
  const [, from, name = ''] = /^method\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (from === 'header') return headers[name.toLowerCase()]?.[0];
  if (from === 'querystring') return query.get(name) ?? undefined;
  if (source === 'context.identity.sourceIp') return request.socket.remoteAddress;
  if (source === 'context.httpMethod') return method;
  if (source === 'context.resourcePath') return resourcePath;
  throw new Problem(`The local run does not support the identity source ${source}.`);
}
