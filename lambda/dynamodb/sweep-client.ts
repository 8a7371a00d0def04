import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';

const QUIET = { debug() {}, warn() {}, error() {} };

/**
 * Sends and takes JSON as it is. The SDK walks through every attribute by its schema, for the sake of binary values: a
 * third of what a page or a batch costs. A sweep's requests and a session's rule know none, and every other value is the
 * same in the SDK as on the wire.
 */
class PlainJson extends AwsJson1_0Protocol {
  override async serializeRequest<Input extends object>(...[operation, input, context]: Requested<Input>) {
    const request = await super.serializeRequest(operation, {}, context);
    request.body = JSON.stringify(input);
    return request;
  }

  override async deserializeResponse(...[operation, context, response]: Answered): Promise<any> {
    if (this.isErrorResponse(response.statusCode)) return super.deserializeResponse(operation, context, response);
    const { buffer, byteOffset, length } = await context.streamCollector(response.body);
    const body = Buffer.from(buffer, byteOffset, length).toString();
    return { ...JSON.parse(body), $metadata: this.deserializeMetadata(response) };
  }
}

type Requested<Input extends object> = Parameters<typeof AwsJson1_0Protocol.prototype.serializeRequest<Input>>;
type Answered = Parameters<AwsJson1_0Protocol['deserializeResponse']>;

/**
 * A client for a sweep: many connections, time for a full page, and no logger, because the SDK copies every reply
 * deeply for its logging as soon as there is one with an `info`.
 */
export const sweepClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256 },
    },
    cacheMiddleware: true,
    logger: QUIET as DynamoDBClientConfig['logger'],
    protocol: PlainJson,
    ...config,
  });
