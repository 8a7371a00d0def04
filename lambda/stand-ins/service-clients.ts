import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { credentials } from './credentials';

/** What the clients here are given. */
interface Configuration {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandlerOptions;
}

interface Service {
  /** Where the environment has the service's address. */
  readonly endpointVariable: string;
  /** Milliseconds before a second attempt, at most; the SDK's own where it is not given. */
  readonly baseDelay?: number;
}

/**
 * What the bundles take in place of `@aws-sdk/client-dynamodb` and `@aws-sdk/client-eventbridge`, of which `Calls` needs
 * the configuration only. Made of the same parts of the SDK where it sends and retries. The rest a function has in its
 * environment, and nowhere else: its region and its credentials from Lambda, the services' addresses from the stack.
 */
class ServiceClient {
  readonly config;

  constructor({ endpointVariable, baseDelay }: Service, { maxAttempts, requestHandler }: Configuration) {
    const { AWS_REGION: region = '', [endpointVariable]: endpoint } = process.env;
    if (!endpoint) {
      throw new Error(`The environment variable ${endpointVariable} is missing: the stack sets it on the function.`);
    }
    const url = new URL(endpoint);
    const retryStrategy = new StandardRetryStrategy({ maxAttempts, baseDelay });
    this.config = {
      region: async () => region,
      credentials,
      maxAttempts: async () => maxAttempts,
      retryStrategy: async () => retryStrategy,
      requestHandler: NodeHttpHandler.create(requestHandler),
      useFipsEndpoint: async () => false,
      useDualstackEndpoint: async () => false,
      endpointProvider: () => ({ url }),
    };
  }

  destroy(): void {
    this.config.requestHandler.destroy?.();
  }
}

export class DynamoDBClient extends ServiceClient {
  constructor(config: Configuration) {
    super({ endpointVariable: 'AWS_ENDPOINT_URL_DYNAMODB', baseDelay: 25 }, config);
  }
}

export class EventBridgeClient extends ServiceClient {
  constructor(config: Configuration) {
    super({ endpointVariable: 'AWS_ENDPOINT_URL_EVENTBRIDGE' }, config);
  }
}
