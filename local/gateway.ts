import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FunctionFailure, type Functions, FunctionTimeout } from './functions';
import { GatewayAnswer, gatewayAnswers } from './gateway-answers';
import { type Authorizer, findMethod, type Method, readMethods } from './gateway-methods';
import { type Exchange, identityValue, proxyEvent, readRequest } from './gateway-requests';
import { allows, readInvokePermissions, type Statement } from './policies';
import { Problem } from './problem';
import { ACCOUNT, REGION, type Template } from './template';

/** The REST API of the template: answers a request, or leaves it alone when it is not below the stage's path. */
export interface Gateway {
  readonly stagePath: string;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** An answer that takes longer is given up: the gateway's own limit. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Decision {
  readonly statements: readonly Statement[];
  readonly context: Readonly<Record<string, string>>;
}

/** @throws a problem that names what the template asks for and the local run does not do */
export function localGateway(template: Template, functions: Functions): Gateway {
  const [, { StageName, Variables }] = template.only('AWS::ApiGateway::Stage');
  const [apiId, { BinaryMediaTypes, MinimumCompressionSize, Policy }] = template.only('AWS::ApiGateway::RestApi');
  for (const [name, value] of Object.entries({ Variables, BinaryMediaTypes, MinimumCompressionSize, Policy })) {
    if (value !== undefined) throw new Problem(`The local run does not support ${name}, which the API ${apiId} has.`);
  }
  const methods = readMethods(template);
  const sendOwn = gatewayAnswers(template);
  /** Of authorizers whose answers are kept for a while. */
  const decisions = new Map<string, { readonly until: number; readonly decision: Decision }>();
  const mayInvoke = readInvokePermissions(template, 'apigateway.amazonaws.com');
  const stagePath = `/${StageName}/`;

  return { stagePath, serve };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const time = Date.now();
    response.setHeader('x-amzn-RequestId', requestId);
    response.setHeader('x-amz-apigw-id', randomBytes(12).toString('base64'));
    try {
      await answer(await readRequest(request, stagePath, { requestId, time }), response);
    } catch (error) {
      if (response.headersSent || response.destroyed) throw error;
      const own = error instanceof GatewayAnswer ? error : new GatewayAnswer('DEFAULT_5XX', 502);
      if (!(error instanceof GatewayAnswer)) console.error(error);
      sendOwn(own, { requestId, time }, response);
    }
  }

  async function answer(exchange: Exchange, response: ServerResponse): Promise<void> {
    const { found, parameters } = findMethod(methods, exchange.method, exchange.path);
    if (found.mock) {
      const origin = found.mock.origins.find((allowed) => allowed === exchange.headers.origin?.[0]);
      const own = origin === undefined ? {} : { 'access-control-allow-origin': origin };
      response.writeHead(found.mock.status, { ...found.mock.headers, ...own }).end();
      return;
    }
    const authorized = found.authorizer && (await authorize(found, found.authorizer, exchange, parameters));
    const functionArn = found.functionArn ?? '';
    const arn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:local/${StageName}/${exchange.method}${found.resourcePath}`;
    // Without the permission that CDK adds for each method, AWS fails in just this way.
    if (!mayInvoke(functionArn, arn.replace(/\{[^}]+\}/g, 'x')))
      throw new GatewayAnswer('API_CONFIGURATION_ERROR', 500);
    const result = await inTime(
      functions.invoke(
        functionArn,
        proxyEvent(StageName, found.resourcePath, exchange, parameters, authorized?.context),
      ),
    );
    if (typeof result?.statusCode !== 'number') throw new GatewayAnswer('DEFAULT_5XX', 502);
    for (const [name, value] of Object.entries({ ...result.headers, ...result.multiValueHeaders })) {
      response.setHeader(name, value as string | string[]);
    }
    response
      .writeHead(result.statusCode)
      .end(result.isBase64Encoded ? Buffer.from(result.body, 'base64') : result.body);
  }

  async function authorize(
    { resourcePath }: Method,
    { functionArn, identitySources, cacheSeconds }: Authorizer,
    exchange: Exchange,
    parameters: Record<string, string>,
  ): Promise<Decision> {
    const identity = identitySources.map((source) => identityValue(source, exchange, resourcePath));
    if (identity.some((value) => !value)) throw new GatewayAnswer('UNAUTHORIZED', 401);
    const key = JSON.stringify([functionArn, ...identity]);
    const methodArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:local/${StageName}/${exchange.method}${exchange.path}`;
    const kept = decisions.get(key);
    const fresh = kept !== undefined && kept.until > Date.now();
    const event = { ...proxyEvent(StageName, resourcePath, exchange, parameters), type: 'REQUEST', methodArn };
    const decision = fresh ? kept.decision : await decide(functionArn, event);
    if (cacheSeconds > 0 && !fresh) decisions.set(key, { until: Date.now() + cacheSeconds * 1_000, decision });
    if (!allows(decision.statements, 'execute-api:Invoke', methodArn)) {
      throw new GatewayAnswer('ACCESS_DENIED', 403, decision.context);
    }
    return decision;
  }

  async function decide(functionArn: string, event: unknown): Promise<Decision> {
    let result: any;
    try {
      result = await functions.invoke(functionArn, event);
    } catch (error) {
      if (error instanceof FunctionFailure) throw new GatewayAnswer('AUTHORIZER_FAILURE', 500);
      throw error;
    }
    const { principalId, policyDocument, context = {} } = result ?? {};
    const flat = Object.values(context).every((value) => ['string', 'number', 'boolean'].includes(typeof value));
    if (!principalId || !policyDocument?.Statement || !flat)
      throw new GatewayAnswer('AUTHORIZER_CONFIGURATION_ERROR', 500);
    const texts = Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)]));
    return { statements: policyDocument.Statement, context: { ...texts, principalId } };
  }
}

async function inTime(invocation: Promise<any>): Promise<any> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GatewayAnswer('INTEGRATION_TIMEOUT', 504)), INTEGRATION_TIMEOUT_MS);
  });
  try {
    return await Promise.race([invocation, late]);
  } catch (error) {
    if (error instanceof FunctionTimeout) throw new GatewayAnswer('INTEGRATION_TIMEOUT', 504);
    if (error instanceof FunctionFailure) throw new GatewayAnswer('DEFAULT_5XX', 502);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
