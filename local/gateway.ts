import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { printError } from '../command/printable';
import { Problem } from '../command/problem';
import { FunctionFailure, type Functions } from './functions';
import { GatewayAnswer, gatewayAnswers } from './gateway-answers';
import { executeArn, gatewayAuthorizer } from './gateway-authorizer';
import { findMethod, readMethods } from './gateway-methods';
import { type Exchange, proxyEvent, readRequest, type Stage } from './gateway-requests';
import { readInvokePermissions } from './policies';
import type { Template } from './template';

/** The REST API of the template: answers a request, or leaves it alone when it is not below the stage's path. */
export interface Gateway {
  readonly stagePath: string;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** An answer that takes longer is given up: the gateway's own limit. */
const INTEGRATION_TIMEOUT_MS = 29_000;

/** @throws a problem that names what the template asks for and the local run does not do */
export function localGateway(template: Template, functions: Functions): Gateway {
  const [, { StageName, Variables }] = template.only('AWS::ApiGateway::Stage');
  const [id, { BinaryMediaTypes, MinimumCompressionSize, Policy }] = template.only('AWS::ApiGateway::RestApi');
  for (const [name, value] of Object.entries({ Variables, BinaryMediaTypes, MinimumCompressionSize, Policy })) {
    if (value !== undefined) throw new Problem(`The local run does not support ${name}, which the API ${id} has.`);
  }
  const methods = readMethods(template);
  const sendOwn = gatewayAnswers(template);
  const mayInvoke = readInvokePermissions(template, 'apigateway.amazonaws.com');
  const stage: Stage = { apiId: template.ref(id), stage: StageName };
  const authorize = gatewayAuthorizer(functions, stage);
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
      if (!(error instanceof GatewayAnswer)) printError(error);
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
    const authorized = await authorize(found, exchange, parameters);
    const functionArn = found.functionArn ?? '';
    const arn = executeArn(stage, exchange.method, found.resourcePath);
    // Without the permission that CDK adds for each method, AWS fails in just this way.
    if (!mayInvoke(functionArn, arn.replace(/\{[^}]+\}/g, 'x')))
      throw new GatewayAnswer('API_CONFIGURATION_ERROR', 500);
    const result = await inTime(
      functions.invoke(functionArn, proxyEvent(stage, found.resourcePath, exchange, parameters, authorized)),
    );
    if (typeof result?.statusCode !== 'number') throw new GatewayAnswer('DEFAULT_5XX', 502);
    for (const [name, value] of Object.entries({ ...result.headers, ...result.multiValueHeaders })) {
      response.setHeader(name, value as string | string[]);
    }
    response
      .writeHead(result.statusCode)
      .end(result.isBase64Encoded ? Buffer.from(result.body, 'base64') : result.body);
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
    // One that has taken longer than its own time-out, too: to the gateway, that is an error like any other.
    if (error instanceof FunctionFailure) throw new GatewayAnswer('DEFAULT_5XX', 502);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
