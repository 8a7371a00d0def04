import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { ConnectionOptions } from '../lambda/aws/connection';

/** Where an AWS client of this configuration calls, and as whom: as the SDK finds it. */
export async function connectionOptions(client: DynamoDBClientConfig): Promise<ConnectionOptions> {
  const { config } = new DynamoDBClient(client);
  const custom = await config.endpoint?.();
  const Endpoint = custom
    ? `${custom.protocol}//${custom.hostname}${custom.port ? `:${custom.port}` : ''}${custom.path}`
    : await config.serviceConfiguredEndpoint?.();
  const [region, UseFIPS, UseDualStack] = await Promise.all([
    config.region(),
    config.useFipsEndpoint(),
    config.useDualstackEndpoint(),
  ]);
  const { url } = config.endpointProvider({ Region: region, Endpoint, UseFIPS, UseDualStack });
  return { endpoint: url.href, region, credentials: () => config.credentials() };
}
