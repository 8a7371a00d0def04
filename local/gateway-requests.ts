import type { IncomingMessage } from 'node:http';
import { readBody } from './bodies';
import { type Answered, GatewayAnswer } from './gateway-answers';
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
  /** By their names in lower case. */
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

/** Where the API is deployed. */
export interface Stage {
  readonly apiId: string;
  readonly stage: string;
}

/** The event that a function gets for a request. */
export function proxyEvent(
  { apiId, stage }: Stage,
  resourcePath: string,
  exchange: Exchange,
  parameters: Record<string, string>,
  authorizer?: Record<string, string>,
) {
  const { headers, query, path, requestId, time, body, request } = exchange;
  const asSent = spelledAsSent(request, headers);
  const last = (values: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all[all.length - 1] ?? '']));
  const multiQuery: Record<string, string[]> = {};
  for (const name of query.keys()) multiQuery[name] = query.getAll(name);
  const orNull = <T extends object>(values: T) => (Object.keys(values).length > 0 ? values : null);
  return {
    resource: resourcePath,
    path,
    httpMethod: exchange.method,
    headers: last(asSent),
    multiValueHeaders: asSent,
    queryStringParameters: orNull(last(multiQuery)),
    multiValueQueryStringParameters: orNull(multiQuery),
    pathParameters: orNull(parameters),
    stageVariables: null,
    body: body.length > 0 ? body.toString() : null,
    isBase64Encoded: false,
    requestContext: {
      accountId: ACCOUNT,
      apiId,
      stage,
      requestId,
      requestTimeEpoch: time,
      resourcePath,
      path: `/${stage}${path}`,
      httpMethod: exchange.method,
      protocol: `HTTP/${request.httpVersion}`,
      identity: {
        sourceIp: sourceIp(request),
        userAgent: last(headers)['user-agent'] ?? null,
      },
      ...(authorizer && { authorizer }),
    },
  };
}

/** The address of the connection. */
export const sourceIp = ({ socket }: IncomingMessage): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '');

function headerBytes({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.filter((_, index) => index % 2 === 1);
  return [`${method} ${url} HTTP/${httpVersion}`, ...values].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** A function gets the names as the client wrote them; HTTP/1.1 keeps their case. */
function spelledAsSent({ rawHeaders }: IncomingMessage, headers: Record<string, string[]>): Record<string, string[]> {
  const names = new Map(
    rawHeaders
      .filter((_, index) => index % 2 === 0)
      .reverse()
      .map((name) => [name.toLowerCase(), name]),
  );
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [names.get(name) ?? name, values]));
}

function headersOf({ rawHeaders }: IncomingMessage): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null);
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
