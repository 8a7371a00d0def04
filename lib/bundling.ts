import { join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

const STAND_INS = join(__dirname, '..', 'lambda', 'stand-ins');
const CODE_CACHE = join(__dirname, 'code-cache.cjs');

export const ARCHITECTURE = Architecture.ARM_64;

/** Packages of which a function needs next to nothing, and what stands in for them in its bundle. */
export const standIns = (durable: boolean): Readonly<Record<string, string>> => {
  const standIn = (file: string) => join(STAND_INS, file);
  return {
    '@aws-sdk/client-dynamodb': standIn('service-clients.ts'),
    '@aws-sdk/client-eventbridge': standIn('service-clients.ts'),
    // It takes longer to load than anything else of Node.js here, and comes along with the SDK's handler for HTTP/1.1.
    'node:http2': standIn('nothing.ts'),
    // The SDK imports it while it runs, so a bundler would keep all that it has in common with the rest.
    '@smithy/core/event-streams': standIn('no-event-streams.ts'),
    ...(durable && {
      '@aws-sdk/credential-provider-node': standIn('credentials.ts'),
      // Asked for as `#client-lambda`. By its own name the durable execution SDK imports it while it runs, and a
      // bundler would have to keep all of it.
      '@aws-sdk/client-lambda': standIn('nothing.ts'),
    }),
  };
};

/** How a function becomes one small file. */
export function bundling(durable: boolean): BundlingOptions {
  return {
    format: OutputFormat.CJS,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: LogLevel.WARNING,
    // The SDK goes into the bundle: what was tested is what runs, and a small file loads faster than Lambda's copy.
    bundleAwsSDK: true,
    esbuildArgs: {
      ...Object.fromEntries(Object.entries(standIns(durable)).map(([name, file]) => [`--alias:${name}`, file])),
      // A script with a code cache cannot import; what it would import is part of Node.js, and as well required.
      '--supported:dynamic-import': 'false',
    },
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_, folder) => codeCacheCommands(folder),
    },
  };
}

/**
 * Where the machine that builds has the functions' own Node.js, its path in `CODE_CACHE_NODE`: a V8 code cache. The
 * flags are Lambda's own that V8 compares, and one by which the cache is the same, byte for byte, each time.
 */
function codeCacheCommands(folder: string): string[] {
  const { CODE_CACHE_NODE } = process.env;
  return CODE_CACHE_NODE
    ? [`"${CODE_CACHE_NODE}" --expose-gc --hash-seed=1 "${CODE_CACHE}" "${folder}" ${ARCHITECTURE.name}`]
    : [];
}
