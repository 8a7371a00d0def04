import { join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

const RUNTIME = join(__dirname, '..', 'lambda', 'runtime');
const CODE_CACHE = join(__dirname, 'code-cache.cjs');

export const ARCHITECTURE = Architecture.ARM_64;

/** Packages of which a function needs next to nothing, and what stands in for them in a bundle. */
export const BUNDLE_ALIASES: Readonly<Record<string, string>> = {
  // A function's credentials come from its environment; the other ways to find some are a third of the bundle.
  '@aws-sdk/credential-provider-node': join(RUNTIME, 'credentials.ts'),
  '@aws-sdk/middleware-endpoint-discovery': join(RUNTIME, 'endpoint-discovery.ts'),
  'node:http2': join(RUNTIME, 'no-http2.ts'),
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
    // DynamoDB streams no events, so the SDK never asks for its code for them. The client of Lambda, which a
    // durable function uses, loads it at once.
    externalModules: durable ? [] : ['@smithy/core/event-streams'],
    esbuildArgs: {
      ...Object.fromEntries(Object.entries(BUNDLE_ALIASES).map(([name, file]) => [`--alias:${name}`, file])),
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
