import { App } from 'aws-cdk-lib';
import { SessionStack } from '../lib/session-stack';
import { ConfigurationError, chooseStage } from '../lib/stage';

try {
  const app = new App();
  const stage = chooseStage(app.node.tryGetContext('stages') ?? {}, String(app.node.tryGetContext('stage') ?? 'dev'));

  new SessionStack(app, `${stage.app}-sessions-${stage.name}`, {
    stage,
    description: 'A session backend for applications that sign people in with Amazon Cognito.',
  });
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  // The sentence says it all; where in this program it was found helps nobody.
  console.error(`Error: ${error.message}`);
  process.exitCode = 1;
}
