import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * What the bundles take in place of `@aws-sdk/credential-provider-node`: a Lambda function's credentials are in
 * its environment, and nowhere else is looked.
 */
export const defaultProvider = fromEnv;
