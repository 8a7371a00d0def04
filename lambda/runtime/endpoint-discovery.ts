/**
 * What the bundles take in place of `@aws-sdk/middleware-endpoint-discovery`: DynamoDB has one address in a region, and
 * no command that is sent here asks for another.
 */
export const resolveEndpointDiscoveryConfig = <T>(config: T): T => config;

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => false,
  configFileSelector: () => false,
  default: false,
};
