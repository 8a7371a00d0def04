import { App } from 'aws-cdk-lib';
import { SessionStack } from '../lib/session-stack';
import { type StageConfiguration, settleStage } from '../lib/stage';

const app = new App();
const name: string = app.node.tryGetContext('stage') ?? 'dev';
const stages: Record<string, StageConfiguration> = app.node.tryGetContext('stages') ?? {};
if (!(name in stages)) {
  throw new Error(`There is no stage "${name}" in cdk.json; there are: ${Object.keys(stages).join(', ')}.`);
}
const stage = settleStage(name, stages[name]);

new SessionStack(app, `${stage.app}-sessions-${stage.name}`, {
  stage,
  description: 'A session backend for applications that sign people in with Amazon Cognito.',
});
