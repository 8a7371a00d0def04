import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { printError } from '../command/printable';
import { Problem } from '../command/problem';
import { FunctionFailure, type Functions } from './functions';
import type { Gateway } from './gateway';
import { GatewayAnswer } from './gateway-answers';
import { executeArn } from './gateway-authorizer';
import { functionIn, matchPath } from './gateway-methods';
import { type Exchange, readRequest, sourceIp } from './gateway-requests';
import { readInvokePermissions } from './policies';
import { ACCOUNT, type Template } from './template';

interface HttpRoute {
  readonly key: string;
  readonly functionArn: string;
  readonly authorizer?: { readonly functionArn: string; readonly headers: readonly string[] };
}

/** What an HTTP API answers with on its own; a team cannot change it. */
const OWN: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
};

/**
 * The HTTP API of a template, below a path with its name.
 * @throws a problem that names what the template asks for and the local run does not do
 */
export function localHttpApi(template: Template, functions: Pick<Functions, 'invoke'>): Gateway {
  const [id, { Name, ProtocolType, CorsConfiguration: cors }] = template.only('AWS::ApiGatewayV2::Api');
  const [, { StageName }] = template.only('AWS::ApiGatewayV2::Stage');
  if (ProtocolType !== 'HTTP' || StageName !== '$default') {
    throw new Problem(
      `The local run serves HTTP APIs with the stage $default; ${id} is ${ProtocolType}, ${StageName}.`,
    );
  }
  const api = { apiId: template.ref(id), stage: StageName };
  const routes = readRoutes(template);
  const mayInvoke = readInvokePermissions(template, 'apigateway.amazonaws.com');
  const stagePath = `/${encodeURIComponent(Name)}/`;
  return { stagePath, serve };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('apigw-requestid', requestId);
    allowOrigin(request, response);
    try {
      await answer(await readRequest(request, stagePath, { requestId, time: Date.now() }), response);
    } catch (error) {
      if (response.headersSent || response.destroyed) throw error;
      const isForeseen = error instanceof GatewayAnswer || error instanceof FunctionFailure;
      if (!isForeseen) printError(error);
      const status = error instanceof GatewayAnswer ? error.status : 500;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: OWN[status] ?? OWN[500] }));
    }
  }

  async function answer(exchange: Exchange, response: ServerResponse): Promise<void> {
    // A preflight is answered for every path, and needs nobody.
    if (exchange.method === 'OPTIONS' && cors) return void response.writeHead(204).end();
    const { route, parameters } = findRoute(exchange);
    const event = httpEvent(exchange, route.key, parameters);
    const lambda = route.authorizer && (await authorize(route.authorizer, exchange, event));
    const [method = '', path = ''] = route.key === '$default' ? ['', '$default'] : route.key.split(' ');
    // Without the permission that CDK adds for each route, AWS fails in just this way.
    if (!mayInvoke(route.functionArn, executeArn(api, method, path.replace(/\{[^}]+\}/g, 'x')))) {
      throw new GatewayAnswer('NO_PERMISSION', 500);
    }
    const requestContext = { ...event.requestContext, ...(lambda && { authorizer: { lambda } }) };
    const body = exchange.body.length > 0 ? { body: exchange.body.toString() } : {};
    const result = await functions.invoke(route.functionArn, {
      ...event,
      ...body,
      requestContext,
      isBase64Encoded: false,
    });
    if (typeof result?.statusCode !== 'number') {
      // What has no status is itself the body of a success.
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
      return;
    }
    if (result.cookies) response.setHeader('set-cookie', result.cookies);
    response.writeHead(result.statusCode, result.headers);
    response.end(result.isBase64Encoded ? Buffer.from(result.body, 'base64') : result.body);
  }

  function findRoute({ method, path }: Exchange) {
    for (const route of routes) {
      const [wanted = '', pattern = ''] = route.key.split(' ');
      const parameters = wanted === method || wanted === 'ANY' ? matchPath(pattern, path) : undefined;
      if (parameters) return { route, parameters };
    }
    const fallback = routes.find(({ key }) => key === '$default');
    if (!fallback) throw new GatewayAnswer('NO_ROUTE', 404);
    return { route: fallback, parameters: {} };
  }

  async function authorize(
    { functionArn, headers }: NonNullable<HttpRoute['authorizer']>,
    exchange: Exchange,
    event: ReturnType<typeof httpEvent>,
  ): Promise<object> {
    const identitySource = headers.map((name) => exchange.headers[name]?.join(',') ?? '');
    if (identitySource.some((value) => value === '')) throw new GatewayAnswer('UNAUTHORIZED', 401);
    const routeArn = executeArn(api, exchange.method, exchange.path);
    const { isAuthorized, context = {} } =
      (await functions.invoke(functionArn, { ...event, type: 'REQUEST', routeArn, identitySource })) ?? {};
    if (typeof isAuthorized !== 'boolean') throw new GatewayAnswer('AUTHORIZER_ERROR', 500);
    if (!isAuthorized) throw new GatewayAnswer('FORBIDDEN', 403);
    return context;
  }

  function httpEvent(exchange: Exchange, routeKey: string, pathParameters: Record<string, string>) {
    const { headers, query, path, requestId, time, request, method } = exchange;
    const joined = Object.fromEntries(Object.entries(headers).map(([name, all]) => [name, all.join(',')]));
    const { cookie, ...others } = joined;
    const names = [...new Set(query.keys())];
    return {
      version: '2.0',
      routeKey,
      rawPath: path,
      rawQueryString: query.toString(),
      ...(cookie !== undefined && { cookies: cookie.split('; ') }),
      headers: others,
      ...(names.length > 0 && {
        queryStringParameters: Object.fromEntries(names.map((name) => [name, query.getAll(name).join(',')])),
      }),
      ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
      requestContext: {
        accountId: ACCOUNT,
        apiId: api.apiId,
        http: {
          method,
          path,
          protocol: `HTTP/${request.httpVersion}`,
          sourceIp: sourceIp(request),
          userAgent: joined['user-agent'] ?? '',
        },
        requestId,
        routeKey,
        stage: StageName,
        timeEpoch: time,
      },
    };
  }

  /** The headers by which pages may read answers: an HTTP API adds them to its own refusals too. */
  function allowOrigin({ headers: { origin }, method }: IncomingMessage, response: ServerResponse): void {
    const { AllowOrigins: origins = [], AllowMethods = [], AllowHeaders = [] } = cors ?? {};
    if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return;
    response.setHeader('access-control-allow-origin', origins.includes('*') ? '*' : origin);
    if (method !== 'OPTIONS') return;
    response.setHeader('access-control-allow-methods', AllowMethods.join(','));
    response.setHeader('access-control-allow-headers', AllowHeaders.join(','));
  }
}

function readRoutes(template: Template): HttpRoute[] {
  const integrations = new Map(template.all('AWS::ApiGatewayV2::Integration'));
  const authorizers = new Map(template.all('AWS::ApiGatewayV2::Authorizer'));
  return template.all('AWS::ApiGatewayV2::Route').map(([id, { RouteKey, Target, AuthorizationType, AuthorizerId }]) => {
    const integration = integrations.get(/^integrations\/(.+)$/.exec(Target)?.[1] ?? '') ?? {};
    const { IntegrationType, IntegrationUri, PayloadFormatVersion } = integration;
    if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0') {
      throw new Problem(`The local run expects a function with payload 2.0 behind the route ${id}.`);
    }
    const needsNobody = AuthorizationType === undefined || AuthorizationType === 'NONE';
    const authorizer = needsNobody ? undefined : readAuthorizer(id, authorizers.get(AuthorizerId) ?? {});
    return { key: RouteKey, functionArn: IntegrationUri, authorizer };
  });
}

function readAuthorizer(route: string, properties: Record<string, any>): NonNullable<HttpRoute['authorizer']> {
  const { AuthorizerType, AuthorizerUri, AuthorizerPayloadFormatVersion, EnableSimpleResponses } = properties;
  const { AuthorizerResultTtlInSeconds, IdentitySource = [] } = properties;
  const functionArn = functionIn(AuthorizerUri);
  const isSimple = AuthorizerPayloadFormatVersion === '2.0' && EnableSimpleResponses === true;
  if (AuthorizerType !== 'REQUEST' || !functionArn || !isSimple || AuthorizerResultTtlInSeconds !== 0) {
    throw new Problem(
      `The local run expects a Lambda authorizer with payload 2.0, simple responses and no cache at the route ${route}.`,
    );
  }
  const headers = IdentitySource.map((source: string) => {
    const name = /^\$request\.header\.(.+)$/.exec(source)?.[1];
    if (!name) throw new Problem(`The local run does not support the identity source ${source}.`);
    return name.toLowerCase();
  });
  return { functionArn, headers };
}
