import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FunctionFailure, type Functions, FunctionTimeout } from './functions';
import { allows, readInvokePermissions, type Statement } from './policies';
import { preflightOrigins } from './preflight';
import { Problem } from './problem';
import { ACCOUNT, REGION, type Template } from './template';

/** The REST API of the template: answers a request, or leaves it alone when it is not below the stage's path. */
export interface Gateway {
  readonly stagePath: string;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

const MOST_BODY_BYTES = 10 * 1024 * 1024;
/** The service's quota for the request line and all header values together. */
const MOST_HEADER_BYTES = 10_240;
/** An answer that takes longer is given up: the gateway's own limit. */
const INTEGRATION_TIMEOUT_MS = 29_000;
const FUNCTION_URI = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;

type Headers = Record<string, string>;
type Context = Record<string, string>;

interface Method {
  readonly resourcePath: string;
  readonly functionArn?: string;
  readonly authorizer?: Authorizer;
  readonly mock?: { readonly status: number; readonly headers: Headers; readonly origins: readonly string[] };
}

interface Authorizer {
  readonly functionArn: string;
  readonly identitySources: readonly string[];
  readonly cacheSeconds: number;
  readonly cache: Map<string, { readonly until: number; readonly decision: Decision }>;
}

interface Decision {
  readonly statements: readonly Statement[];
  readonly context: Context;
}

/** An answer that the gateway gives by itself. */
class GatewayAnswer extends Error {
  constructor(
    readonly type: string,
    readonly status: number,
    readonly context: Context = {},
  ) {
    super(type);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Record<string, string[]>;
  readonly body: Buffer;
  readonly requestId: string;
  readonly time: number;
}

/** @throws a problem that names what the template asks for and the local run does not do */
export function localGateway(template: Template, functions: Functions): Gateway {
  const [, { StageName, Variables }] = template.only('AWS::ApiGateway::Stage');
  const [apiId, { BinaryMediaTypes, MinimumCompressionSize, Policy }] = template.only('AWS::ApiGateway::RestApi');
  for (const [name, value] of Object.entries({ Variables, BinaryMediaTypes, MinimumCompressionSize, Policy })) {
    if (value !== undefined) throw new Problem(`The local run does not support ${name}, which the API ${apiId} has.`);
  }
  const methods = readMethods(template);
  const gatewayResponses = new Map(
    template.all('AWS::ApiGateway::GatewayResponse').map(([, response]) => [response.ResponseType, response]),
  );
  const mayInvoke = readInvokePermissions(template, 'apigateway.amazonaws.com');
  const stagePath = `/${StageName}/`;

  return { stagePath, serve };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const time = Date.now();
    response.setHeader('x-amzn-RequestId', requestId);
    response.setHeader('x-amz-apigw-id', randomBytes(12).toString('base64'));
    try {
      if (headerBytes(request) > MOST_HEADER_BYTES) throw new GatewayAnswer('DEFAULT_4XX', 431);
      const url = new URL(request.url ?? '/', 'http://localhost');
      const exchange: Exchange = {
        request,
        requestId,
        time,
        method: request.method ?? 'GET',
        path: `/${url.pathname.slice(stagePath.length)}`,
        query: url.searchParams,
        headers: headersOf(request),
        body: await bodyOf(request),
      };
      await answer(exchange, response);
    } catch (error) {
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
      functions.invoke(functionArn, proxyEvent(found, exchange, parameters, authorized?.context)),
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
    method: Method,
    authorizer: Authorizer,
    exchange: Exchange,
    parameters: Headers,
  ): Promise<Decision> {
    const identity = authorizer.identitySources.map((source) => identityValue(source, exchange, method.resourcePath));
    if (identity.some((value) => !value)) throw new GatewayAnswer('UNAUTHORIZED', 401);
    const key = JSON.stringify(identity);
    const cached = authorizer.cache.get(key);
    const methodArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:local/${StageName}/${exchange.method}${exchange.path}`;
    const decision =
      authorizer.cacheSeconds > 0 && cached && cached.until > Date.now()
        ? cached.decision
        : await decide(authorizer, { ...proxyEvent(method, exchange, parameters), type: 'REQUEST', methodArn });
    if (authorizer.cacheSeconds > 0) {
      authorizer.cache.set(key, { until: Date.now() + authorizer.cacheSeconds * 1_000, decision });
    }
    if (!allows(decision.statements, 'execute-api:Invoke', methodArn)) {
      throw new GatewayAnswer('ACCESS_DENIED', 403, decision.context);
    }
    return decision;
  }

  async function decide(authorizer: Authorizer, event: unknown): Promise<Decision> {
    let result: any;
    try {
      result = await functions.invoke(authorizer.functionArn, event);
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

  function sendOwn(
    own: GatewayAnswer,
    { requestId, time }: Pick<Exchange, 'requestId' | 'time'>,
    response: ServerResponse,
  ): void {
    const fallback = own.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
    const {
      StatusCode,
      ResponseParameters = {},
      ResponseTemplates = {},
    } = gatewayResponses.get(own.type) ?? gatewayResponses.get(fallback) ?? {};
    const values: Record<string, string> = { requestId, requestTimeEpoch: String(time) };
    const template: string = ResponseTemplates['application/json'] ?? '{"message":"$context.error.message"}';
    // Substitution and nothing more, as the gateway does it: a name that has no value becomes empty.
    const body = template.replace(
      /\$context\.(authorizer\.)?(\w+)/g,
      (_, ofAuthorizer, name: string) => (ofAuthorizer ? own.context[name] : values[name]) ?? '',
    );
    response.writeHead(Number(StatusCode ?? own.status), {
      'content-type': 'application/json',
      ...staticHeaders(ResponseParameters, 'gatewayresponse.header.'),
    });
    response.end(body);
  }

  function proxyEvent(method: Method, exchange: Exchange, parameters: Headers, authorizer?: Context) {
    const { headers, query, path, requestId, time, body, request } = exchange;
    const last = (values: Record<string, string[]>) =>
      Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all[all.length - 1] ?? '']));
    const multiQuery: Record<string, string[]> = {};
    for (const name of query.keys()) multiQuery[name] = query.getAll(name);
    const orNull = <T extends object>(values: T) => (Object.keys(values).length > 0 ? values : null);
    return {
      resource: method.resourcePath,
      path,
      httpMethod: exchange.method,
      headers: last(headers),
      multiValueHeaders: headers,
      queryStringParameters: orNull(last(multiQuery)),
      multiValueQueryStringParameters: orNull(multiQuery),
      pathParameters: orNull(parameters),
      stageVariables: null,
      body: body.length > 0 ? body.toString() : null,
      isBase64Encoded: false,
      requestContext: {
        accountId: ACCOUNT,
        apiId: 'local',
        stage: StageName,
        requestId,
        requestTimeEpoch: time,
        resourcePath: method.resourcePath,
        path: `${stagePath}${path.slice(1)}`,
        httpMethod: exchange.method,
        protocol: `HTTP/${request.httpVersion}`,
        identity: {
          sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
          userAgent: last(headers)['user-agent'] ?? null,
        },
        ...(authorizer && { authorizer }),
      },
    };
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

function readMethods(template: Template): ReadonlyMap<string, Method> {
  const resources = new Map(template.all('AWS::ApiGateway::Resource'));
  const authorizers = new Map(
    template.all('AWS::ApiGateway::Authorizer').map(([id, properties]) => [id, readAuthorizer(id, properties)]),
  );
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    if (!resource) return '';
    if (resource.PathPart.endsWith('+}'))
      throw new Problem(`The local run does not support ${resource.PathPart}, which the resource ${id} has.`);
    return `${pathOf(resource.ParentId)}/${resource.PathPart}`;
  };
  return new Map(
    template.all('AWS::ApiGateway::Method').map(([id, properties]) => {
      const {
        HttpMethod,
        ResourceId,
        AuthorizationType,
        AuthorizerId,
        Integration,
        ApiKeyRequired,
        RequestValidatorId,
        RequestParameters,
      } = properties;
      const resourcePath = pathOf(ResourceId) || '/';
      const unsupported = { ApiKeyRequired, RequestValidatorId, RequestParameters };
      for (const [name, value] of Object.entries(unsupported)) {
        if (value) throw new Problem(`The local run does not support ${name}, which the method ${id} has.`);
      }
      if (HttpMethod === 'ANY') throw new Problem(`The local run does not support the method ANY, which ${id} has.`);
      const authorizer = AuthorizationType === 'CUSTOM' ? authorizers.get(AuthorizerId) : undefined;
      if (!authorizer && AuthorizationType !== 'NONE') {
        throw new Problem(
          `The local run does not support the authorization ${AuthorizationType}, which the method ${id} has.`,
        );
      }
      return [`${HttpMethod} ${resourcePath}`, { resourcePath, authorizer, ...readIntegration(id, Integration) }];
    }),
  );
}

function readIntegration(
  id: string,
  { Type, Uri, RequestTemplates, IntegrationResponses }: any,
): Pick<Method, 'functionArn' | 'mock'> {
  if (Type === 'AWS_PROXY') {
    const functionArn = FUNCTION_URI.exec(Uri)?.[1];
    if (!functionArn)
      throw new Problem(`The local run does not know the function that the method ${id} calls: ${Uri}.`);
    return { functionArn };
  }
  const [only, ...more] = IntegrationResponses ?? [];
  const fixed = /^\{ *"?statusCode"?: *\d+ *\}$/.test(RequestTemplates?.['application/json'] ?? '');
  if (Type !== 'MOCK' || !fixed || !only || more.length > 0) {
    throw new Problem(
      `The local run does not support the integration of the method ${id}: a function, or a fixed answer, is expected.`,
    );
  }
  return {
    mock: {
      status: Number(only.StatusCode),
      headers: staticHeaders(only.ResponseParameters, 'method.response.header.'),
      origins: preflightOrigins(id, only.ResponseTemplates),
    },
  };
}

function readAuthorizer(
  id: string,
  { Type, AuthorizerUri, IdentitySource, AuthorizerResultTtlInSeconds = 300 }: any,
): Authorizer {
  const functionArn = FUNCTION_URI.exec(AuthorizerUri)?.[1];
  if (Type !== 'REQUEST' || !functionArn)
    throw new Problem(`The local run does not support the authorizer ${id}: its type is ${Type}.`);
  const identitySources = IdentitySource ? IdentitySource.split(',') : [];
  return { functionArn, identitySources, cacheSeconds: AuthorizerResultTtlInSeconds, cache: new Map() };
}

function identityValue(
  source: string,
  { headers, request, method }: Exchange,
  resourcePath: string,
): string | undefined {
  const [, header] = /^method\.request\.header\.(.+)$/.exec(source) ?? [];
  if (header) return headers[header.toLowerCase()]?.[0];
  if (source === 'context.identity.sourceIp') return request.socket.remoteAddress;
  if (source === 'context.httpMethod') return method;
  if (source === 'context.resourcePath') return resourcePath;
  throw new Problem(`The local run does not support the identity source ${source}.`);
}

function findMethod(
  methods: ReadonlyMap<string, Method>,
  method: string,
  path: string,
): { found: Method; parameters: Headers } {
  const parts = path.split('/');
  for (const [key, found] of methods) {
    const parameters: Headers = {};
    const pattern = found.resourcePath.split('/');
    if (key !== `${method} ${found.resourcePath}` || pattern.length !== parts.length) continue;
    const fits = pattern.every((part, index) => {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name && parts[index]) parameters[name] = parts[index];
      return name ? Boolean(parts[index]) : part === parts[index];
    });
    if (fits) return { found, parameters };
  }
  throw new GatewayAnswer('MISSING_AUTHENTICATION_TOKEN', 403);
}

function headerBytes({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.filter((_, index) => index % 2 === 1);
  return [`${method} ${url} HTTP/${httpVersion}`, ...values].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function headersOf({ rawHeaders }: IncomingMessage): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    headers[name] = [...(headers[name] ?? []), rawHeaders[index + 1] ?? ''];
  }
  return headers;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    // Read to the end, so that the client gets the answer and not a broken connection; keep only what may be.
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BODY_BYTES) throw new GatewayAnswer('REQUEST_TOO_LARGE', 413);
  return Buffer.concat(chunks);
}

/** Headers with values in single quotes, as mappings write a fixed text. */
function staticHeaders(parameters: Record<string, string> = {}, prefix: string): Headers {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const text = /^'(.*)'$/.exec(value)?.[1];
      if (!name.startsWith(prefix) || text === undefined)
        throw new Problem(`The local run does not support the mapping ${name}: ${value}.`);
      return [name.slice(prefix.length).toLowerCase(), text];
    }),
  );
}
