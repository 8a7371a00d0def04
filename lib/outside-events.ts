import { Duration } from 'aws-cdk-lib';
import { type UserPool, UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PAGE_REQUESTS } from '../lambda/revocation/cognito-calls';
import { EVENT_SECONDS } from '../lambda/runtime/environment';
import { allowToPut } from './allow';
import { nameOf } from './names';
import { SessionFunction } from './session-function';
import { BUS, LOGGER, type Shared, STORE } from './variables';

/** Ends a user's sessions after something happened to the user elsewhere. */
export class OutsideEvents extends Construct {
  constructor(scope: Construct, id: string, shared: Shared, bus: IEventBus, deadLetters: IQueue) {
    super(scope, id);
    const { stage, tables, users } = shared;
    const handler = new SessionFunction(this, 'revokesessions', shared, {
      entry: 'revoke-sessions',
      description: 'Ends the sessions of a user who was disabled, deleted, signed out or given a new password.',
      timeout: Duration.seconds(EVENT_SECONDS),
      // The rules' own dead letters are the events that could not be delivered; these are the ones on which it failed.
      deadLetterQueue: deadLetters,
      reads: [...LOGGER, ...STORE, 'userPoolId', 'endOn'],
    });
    tables.allow(handler, { sessions: ['UpdateItem', 'DeleteItem'], userIndex: ['Query'] });
    const rule = (id: string, name: string, description: string, eventPattern: EventPattern, eventBus?: IEventBus) =>
      new Rule(this, id, {
        ruleName: nameOf(stage, `session-${name}`),
        description,
        eventPattern,
        eventBus,
        targets: [new LambdaFunction(handler, { deadLetterQueue: deadLetters, retryAttempts: 20 })],
      });
    const cloudTrail = (detailType: string, eventName: readonly string[]): EventPattern => ({
      source: ['aws.cognito-idp'],
      detailType: [detailType],
      // Calls that failed, too: they end nothing, and the function's log says so.
      detail: { eventSource: ['cognito-idp.amazonaws.com'], eventName: [...eventName] },
    });
    rule(
      'Cognito',
      'user-events',
      'What happens to users in Cognito, as CloudTrail reports it.',
      cloudTrail('AWS API Call via CloudTrail', stage.endOn),
    );
    if (stage.endOn.includes('ConfirmForgotPassword')) {
      rule(
        'SignInPage',
        'page-events',
        'New passwords that users set on the sign-in page, as CloudTrail reports them.',
        cloudTrail('AWS Service Event via CloudTrail', PAGE_REQUESTS),
      );
      if (users.userPool) endOnPasswordReset(this, shared, users.userPool, bus);
    }
    // On the stage's own bus, which only those may put events on whom the team allows to.
    rule(
      'Requests',
      'end-requests',
      'Another provider, or a tool, asks to end a user’s sessions.',
      // Without a userId, too: what names nobody shall end as a dead letter, not unseen.
      { detailType: ['End Sessions'] },
      bus,
    );
  }
}

/**
 * A user pool of the stack's own also reports a password reset through its trigger: CloudTrail's events of the sign-in
 * page do not say which user it was. The trigger must answer within five seconds, so it only puts an event on the bus.
 */
function endOnPasswordReset(scope: Construct, shared: Shared, userPool: UserPool, bus: IEventBus): void {
  const trigger = new SessionFunction(scope, 'passwordreset', shared, {
    entry: 'password-reset',
    description: 'Asks to end the sessions of a user who has set a new password after forgetting the old one.',
    reads: [...LOGGER, ...BUS],
  });
  allowToPut(trigger, bus, nameOf(shared.stage, 'sessions'), 'End Sessions');
  userPool.addTrigger(UserPoolOperation.POST_CONFIRMATION, trigger);
}
