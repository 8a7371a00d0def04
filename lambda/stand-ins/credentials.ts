/** A Lambda function's credentials are in its environment, and nowhere else is looked. */
export const credentials = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});

/** What the bundles take in place of `@aws-sdk/credential-provider-node`. */
export const defaultProvider = () => credentials;
