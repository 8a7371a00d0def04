import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { SessionStack } from '../../lib/session-stack';
import { type StageConfiguration, settleStage } from '../../lib/stage';

/**
 * Synthesizes a stage of another configuration.
 * @param folder where to; the stages of cdk.json, which are the team's, do not count
 * @param bundled whether its functions can run: bundling them takes seconds
 */
export function synthesizeInto(
  folder: string,
  configuration: StageConfiguration,
  { name = 'test', bundled = false, stackName = 'Stack' } = {},
): void {
  const { context } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8'));
  const app = new App({
    outdir: folder,
    context: { ...context, ...(!bundled && { 'aws:cdk:bundling-stacks': [] }) },
  });
  new SessionStack(app, stackName, { stage: settleStage(name, configuration) });
  app.synth();
}
