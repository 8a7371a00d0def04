import { copyFileSync, cpSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { AssetOptions } from 'aws-cdk-lib/aws-s3-assets';

const FUNCTIONS = join(__dirname, '..', 'functions');

/** An installed package has its functions and its page built. In the project, they are built with the stack. */
export const isPackaged = existsSync(FUNCTIONS);

/**
 * A function as the package brings it.
 * @param besides files that it finds next to its own
 */
export const packagedCode = (entry: string, besides: readonly string[]): Code =>
  Code.fromAsset(
    join(FUNCTIONS, entry),
    writtenBy((folder) => {
      cpSync(join(FUNCTIONS, entry), folder, { recursive: true });
      for (const file of besides) copyFileSync(file, join(folder, basename(file)));
    }),
  );

/** An asset of what is written into its folder on this machine, while the stack is synthesized. */
export const writtenBy = (write: (folder: string) => void): AssetOptions => ({
  assetHashType: AssetHashType.OUTPUT,
  bundling: {
    // Never asked for: writing works, or its error says what to do.
    image: DockerImage.fromRegistry('scratch'),
    local: {
      tryBundle(folder) {
        write(folder);
        return true;
      },
    },
  },
});
