import type { IncomingMessage } from 'node:http';
import { readBody } from './bodies';
import { type Answered, GatewayAnswer } from './gateway-answers';
import { Problem } from './problem';
import { ACCOUNT } from './template';

const MOST_BODY_BYTES = 10 * 1024 * 1024;
/** The service's quota for the request line and all header values together. */
const MOST_HEADER_BYTES = 10_240;

/** A request as the gateway took it. */
export interface Exchange extends Answered {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Record<string, string[]>;
  readonly body: Buffer;
}

/**
 * @param stagePath is left out of the exchange's path
 * @throws the gateway's answer to a request that is too large
 */
export async function readRequest(request: IncomingMessage, stagePath: string, answered: Answered): Promise<Exchange> {
  if (headerBytes(request) > MOST_HEADER_BYTES) throw new GatewayAnswer('DEFAULT_4XX', 431);
  const url = new URL(`http://localhost${request.url}`);
  return {
    ...answered,
    request,
    method: request.method ?? 'GET',
    path: `/${url.pathname.slice(stagePath.length)}`,
    query: url.searchParams,
    headers: headersOf(request),
    body: await bodyOf(request),
  };
}

/** The event that a function gets for a request. */
export function proxyEvent(
  stage: string,
  resourcePath: string,
  exchange: Exchange,
  parameters: Record<string, string>,
  authorizer?: Record<string, string>,
) {
  const { headers, query, path, requestId, time, body, request } = exchange;
  const last = (values: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all[all.length - 1] ?? '']));
  const multiQuery: Record<string, string[]> = {};
  for (const name of query.keys()) multiQuery[name] = query.getAll(name);
  const orNull = <T extends object>(values: T) => (Object.keys(values).length > 0 ? values : null);
  return {
    resource: resourcePath,
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
      stage,
      requestId,
      requestTimeEpoch: time,
      resourcePath,
      path: `/${stage}${path}`,
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

export function identityValue(
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
  const body = await readBody(request, MOST_BODY_BYTES);
  if (!body) throw new GatewayAnswer('REQUEST_TOO_LARGE', 413);
  return body;
}
