import { App, CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import { CfnUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnVersion, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { SessionStack } from '../lib/session-stack';
import { settleStage } from '../lib/stage';
import { eventsQueue } from './parts/ending';
import { AUTH_FLOWS } from './people';

/**
 * The stage that `npm run accept` deploys: the stack as it is, and what the checks need besides. Context: `stage`, its
 * name; `change`, any text, of which each makes a new version of the cleanup.
 */
const app = new App();
const context = (name: string) => String(app.node.tryGetContext(name));
const stage = settleStage(context('stage'), {
  retainData: false,
  // It is the whole account's, and is not to be removed with this stage.
  setApiLogRole: false,
  // A cleanup of 100,000 sessions takes minutes then, and a deployment fits into it.
  cleanupWriteUnitsPerSecond: 500,
  // Nobody has its keys: what it receives is refused.
  receivers: [
    { standard: 'backchannel-logout', issuer: 'https://id.example.com', audience: 'accept', poolProvider: 'accept' },
  ],
});
const stack = new SessionStack(app, `${stage.app}-sessions-${stage.name}`, { stage });
for (const one of stack.node.findAll()) {
  // The users' passwords are ours, and nobody types them.
  if (one instanceof CfnUserPoolClient) one.explicitAuthFlows = AUTH_FLOWS;
  if (one instanceof LambdaFunction && one.node.id === 'sessioncleanup')
    one.addEnvironment('ACCEPT_CHANGE', context('change'));
  if (one instanceof EventBus) {
    const queue = new Queue(stack, 'AcceptEvents', { queueName: eventsQueue(stage.app, stage.name) });
    const eventPattern = { detailType: ['Session Revoked'] };
    new Rule(stack, 'AcceptRule', { eventBus: one, eventPattern, targets: [new SqsQueue(queue)] });
  }
}
for (const one of stack.node.findAll()) {
  // A version goes with its function. Until then, a running cleanup may need it.
  if (one instanceof CfnResource && !(one instanceof CfnVersion)) one.applyRemovalPolicy(RemovalPolicy.DESTROY);
}
