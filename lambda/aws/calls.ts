import type { Readable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ServiceException } from '@smithy/core/client';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware } from '@smithy/core/retry';
import { sign } from 'aws4';

/** A service of AWS that speaks JSON by the names of its operations. */
export interface Service {
  /** As it is named in a signature. */
  readonly name: string;
  /** With its version, as it stands before an operation's name. */
  readonly target: string;
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
}

type ServiceClient = DynamoDBClient | EventBridgeClient;
type Send = (operation: string, body: string) => Promise<object>;

/** For a client that gives up soon: a request is waiting for it, and is to be answered `TRY_AGAIN` by then. */
export const GIVES_UP_SOON = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;

/**
 * What the SDK's client does, in a third of its CPU time: a request of this backend is little else than two or three of
 * these calls, and a sweep is thousands. Where to, as whom, how often and for how long is the client's own configuration,
 * its own parts send and retry, and `aws4` signs. Left out are its stack of middlewares, built anew for each call, the
 * schemas by which it reads and writes each field of what is JSON already, and the correction of a wrong clock.
 */
export class Calls {
  private prepared?: Promise<Send>;

  constructor(
    private readonly client: ServiceClient,
    private readonly service: Service,
  ) {}

  /**
   * @param operation by its name in the service's API, such as `GetItem`
   * @param input, and the output, as the API has them; a binary value would stay in base64
   * @throws a `ServiceException` by the name of the SDK's exception, and the errors of a connection
   */
  async call<Output extends object>(operation: string, input: object): Promise<Output> {
    this.prepared ??= prepare(this.client.config, this.service);
    const send = await this.prepared.catch((error) => {
      this.prepared = undefined;
      throw error;
    });
    return (await send(operation, JSON.stringify(input))) as Output;
  }

  /** Closes the connections. */
  destroy(): void {
    this.client.destroy();
  }
}

/** Where a client sends its calls. The SDK's own way there asks each of its parameters by several promises. */
export async function endpointOf(config: ServiceClient['config']): Promise<URL> {
  const custom = await config.endpoint?.();
  const Endpoint = custom
    ? `${custom.protocol}//${custom.hostname}${custom.port ? `:${custom.port}` : ''}${custom.path}`
    : await config.serviceConfiguredEndpoint?.();
  const [Region, UseFIPS, UseDualStack] = await Promise.all([
    config.region(),
    config.useFipsEndpoint(),
    config.useDualstackEndpoint(),
  ]);
  return config.endpointProvider({ Region, Endpoint, UseFIPS, UseDualStack }).url;
}

/** Finds out what is the same for each call: the endpoint, and the way through a retry. */
async function prepare(config: ServiceClient['config'], service: Service): Promise<Send> {
  const { protocol, hostname, port, pathname: path, host } = await endpointOf(config);
  const method = 'POST';
  const to = { method, protocol, hostname, port: port ? Number(port) : undefined, path };
  const region = await config.region();
  const attempts = retryMiddleware(config)(async ({ request }) => {
    const { headers, body } = request as HttpRequest;
    const unsigned = { service: service.name, region, host, method, path, headers: { ...headers }, body };
    const signed = sign(unsigned, await config.credentials()).headers as HttpRequest['headers'];
    const { response } = await config.requestHandler.handle(new HttpRequest({ ...to, headers: signed, body }));
    return { response, output: await read(response) };
  }, {});
  return async (operation, body) => {
    const headers = { 'content-type': service.contentType, 'x-amz-target': `${service.target}.${operation}` };
    return (await attempts({ request: new HttpRequest({ ...to, headers, body }), input: {} })).output;
  };
}

async function read(response: HttpResponse) {
  const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers['x-amzn-requestid'] };
  const answer = await whole(response.body);
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(answer);
  } catch (error) {
    throw Object.assign(error as Error, { $metadata, $response: response });
  }
  if (response.statusCode < 300) return { ...body, $metadata };
  const name = String(body.__type).replace(/^.*#/, '');
  const message = String(body.message ?? body.Message ?? name);
  throw new ServiceException({ name, message, $fault: response.statusCode < 500 ? 'client' : 'server', $metadata });
}

/** All of a stream, without the machinery of an iterator for what is one piece as a rule. */
const whole = (stream: Readable): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.on('error', reject);
  });
