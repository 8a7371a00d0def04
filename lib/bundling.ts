import { basename, join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

const CODE_CACHE = join(__dirname, 'code-cache.cjs');

export const ARCHITECTURE = Architecture.ARM_64;

/**
 * How a function becomes one small file.
 * @param besides files that it finds next to its own
 */
export function bundling(besides: readonly string[]): BundlingOptions {
  return {
    format: OutputFormat.CJS,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: LogLevel.WARNING,
    // The SDK goes into the bundle: what was tested is what runs, and a small file loads faster than Lambda's copy.
    bundleAwsSDK: true,
    esbuildArgs: {
      // A script with a code cache cannot import; what it would import is part of Node.js, and as well required.
      '--supported:dynamic-import': 'false',
    },
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_, folder) => [...besides.map((file) => copyCommand(file, folder)), ...codeCacheCommands(folder)],
    },
  };
}

/** As a command that any machine has: CDK bundles in a container if there is no esbuild. */
const copyCommand = (file: string, folder: string): string =>
  `node -e "fs.copyFileSync(process.argv[1], process.argv[2])" "${file}" "${join(folder, basename(file))}"`;

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
