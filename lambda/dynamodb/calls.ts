import type { Readable } from 'node:stream';
import {
  ConditionalCheckFailedException,
  DescribeEndpointsCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware } from '@smithy/core/retry';
import { sign } from 'aws4';

type Send = (operation: string, body: string) => Promise<object>;

/**
 * What the SDK's client does, in a third of its CPU time: a request of this backend is little else than two or three of
 * these calls, and a sweep is thousands. Where to, as whom, how often and for how long is the client's own configuration,
 * its own parts send and retry, and `aws4` signs. Left out are its stack of middlewares, built anew for each call, the
 * schemas by which it reads and writes each field of what is JSON already, and the correction of a wrong clock.
 */
export class Calls {
  private prepared?: Promise<Send>;

  constructor(private readonly client: DynamoDBClient) {}

  /**
   * @param operation by its name in DynamoDB's API, such as `GetItem`
   * @param input, and the output, as the SDK's client has them; a binary value would stay in base64
   * @throws what the SDK's client throws: its exceptions, by `name`, and the errors of a connection
   */
  async call<Output extends object>(operation: string, input: object): Promise<Output> {
    this.prepared ??= prepare(this.client.config);
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

/** Finds out what is the same for each call: the endpoint, and the way through a retry. */
async function prepare(config: DynamoDBClient['config']): Promise<Send> {
  // Of all commands the one with no parameters of its own.
  const { url } = await getEndpointFromInstructions({}, DescribeEndpointsCommand, { ...config });
  const { protocol, hostname, port, pathname: path, host } = url;
  const method = 'POST';
  const to = { method, protocol, hostname, port: port ? Number(port) : undefined, path };
  const region = await config.region();
  const attempts = retryMiddleware(config)(async ({ request }) => {
    const { headers, body } = request as HttpRequest;
    const unsigned = { service: 'dynamodb', region, host, method, path, headers: { ...headers }, body };
    const signed = sign(unsigned, await config.credentials()).headers as HttpRequest['headers'];
    const { response } = await config.requestHandler.handle(new HttpRequest({ ...to, headers: signed, body }));
    return { response, output: await read(response) };
  }, {});
  return async (operation, body) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
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
  const about = { message: String(body.message ?? body.Message ?? name), $metadata };
  if (name === 'ConditionalCheckFailedException') throw new ConditionalCheckFailedException(about);
  throw new DynamoDBServiceException({ ...about, name, $fault: response.statusCode < 500 ? 'client' : 'server' });
}

/** All of a stream, without the machinery of an iterator for what is one piece as a rule. */
const whole = (stream: Readable): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.on('error', reject);
  });
