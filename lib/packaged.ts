import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';

const FUNCTIONS = join(__dirname, '..', 'functions');

/** An installed package has its functions and its page built. In the project, they are built with the stack. */
export const isPackaged = existsSync(FUNCTIONS);

/**
 * A function as the package brings it.
 * @param besides files that it finds next to its own
 */
export function packagedCode(entry: string, besides: readonly string[]): Code {
  return Code.fromAsset(join(FUNCTIONS, entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never asked for: copying works.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(folder) {
          cpSync(join(FUNCTIONS, entry), folder, { recursive: true });
          for (const file of besides) copyFileSync(file, join(folder, basename(file)));
          return true;
        },
      },
    },
  });
}
