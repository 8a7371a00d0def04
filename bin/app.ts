import { App } from 'aws-cdk-lib';
import { SessionStack } from '../lib/session-stack';
import { chooseStage } from '../lib/stage';

const app = new App();
const stage = chooseStage(app.node.tryGetContext('stages') ?? {}, String(app.node.tryGetContext('stage') ?? 'dev'));

new SessionStack(app, `${stage.app}-sessions-${stage.name}`, {
  stage,
  description: 'A session backend for applications that sign people in with Amazon Cognito.',
});
