import { partition } from '@aws-sdk/core/client';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/** What the clients here are given. */
interface Configuration {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandlerOptions;
}

interface Service {
  /** The first part of its host. */
  readonly host: string;
  /** Where the environment has its endpoint, if not in AWS. */
  readonly endpointVariable: string;
  /** Milliseconds before a second attempt, at most; the SDK's own where it is not given. */
  readonly baseDelay?: number;
}

/**
 * What the bundles take in place of `@aws-sdk/client-dynamodb` and `@aws-sdk/client-eventbridge`, of which `Calls` needs
 * the configuration only. Made of the same parts of the SDK, for the one place where a bundle runs: a function has its
 * region, its credentials and, in the local run, its endpoint in its environment, and no configuration files.
 */
class ServiceClient {
  readonly config;

  constructor({ host, endpointVariable, baseDelay }: Service, { maxAttempts, requestHandler }: Configuration) {
    const region = process.env.AWS_REGION ?? '';
    const retryStrategy = new StandardRetryStrategy({ maxAttempts, baseDelay });
    this.config = {
      region: async () => region,
      credentials: fromEnv(),
      maxAttempts: async () => maxAttempts,
      retryStrategy: async () => retryStrategy,
      requestHandler: NodeHttpHandler.create(requestHandler),
      serviceConfiguredEndpoint: async () => process.env[endpointVariable],
      endpointProvider: ({ Endpoint }: { Endpoint?: string }) => ({
        url: new URL(Endpoint ?? `https://${host}.${region}.${partition(region).dnsSuffix}`),
      }),
    };
  }

  destroy(): void {
    this.config.requestHandler.destroy?.();
  }
}

export class DynamoDBClient extends ServiceClient {
  constructor(config: Configuration) {
    super({ host: 'dynamodb', endpointVariable: 'AWS_ENDPOINT_URL_DYNAMODB', baseDelay: 25 }, config);
  }
}

export class EventBridgeClient extends ServiceClient {
  constructor(config: Configuration) {
    super({ host: 'events', endpointVariable: 'AWS_ENDPOINT_URL_EVENTBRIDGE' }, config);
  }
}
