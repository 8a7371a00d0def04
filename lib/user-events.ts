import { Duration } from 'aws-cdk-lib';
import { type UserPool, UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type EnvironmentName, EVENT_SECONDS } from '../lambda/runtime/environment';
import { allowToPut } from './put-events';
import { SessionFunction } from './session-function';
import type { Stage } from './stage';
import { type SessionTables, USER_INDEX } from './tables';
import type { Users } from './users';

export interface UserEventsProps {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly users: Users;
  readonly bus: EventBus;
  readonly deadLetters: Queue;
}

/** The requests to the pool's own sign-in page that set a new password. Asking for a code, which anybody can, is none. */
const PAGE_REQUESTS = ['ConfirmForgotPassword_POST', 'ResetPassword_POST'];

/** Ends a user's sessions after something happened to the user elsewhere. */
export class UserEvents extends Construct {
  constructor(scope: Construct, id: string, { stage, tables, users, bus, deadLetters }: UserEventsProps) {
    super(scope, id);
    const variables: Partial<Record<EnvironmentName, string>> = {
      sessionsTable: tables.sessions.tableName,
      userIndex: USER_INDEX,
      signInsTable: tables.signIns.tableName,
      signInDays: String(stage.signInDays),
      maxAgeDays: String(stage.maxAgeDays),
      userPoolId: users.userPoolId,
      endOn: stage.endOn.join(','),
    };
    const handler = new SessionFunction(this, 'revokesessions', {
      stage,
      name: 'revokesessions',
      entry: 'revoke-sessions',
      description: 'Ends the sessions of a user who was disabled, deleted, signed out or given a new password.',
      timeout: Duration.seconds(EVENT_SECONDS),
      // The rules' own dead letters are the events that could not be delivered; these are the ones on which it failed.
      deadLetterQueue: deadLetters,
      variables,
    });
    tables.allow(handler, { sessions: ['UpdateItem', 'DeleteItem'], userIndex: ['Query'] });
    const rule = (id: string, name: string, description: string, eventPattern: EventPattern, eventBus?: EventBus) =>
      new Rule(this, id, {
        ruleName: `${stage.app}-session-${name}-${stage.name}`,
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
      if (users.userPool) endOnPasswordReset(this, stage, users.userPool, bus);
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
function endOnPasswordReset(scope: Construct, stage: Stage, userPool: UserPool, bus: EventBus): void {
  const source = `${stage.app}-sessions-${stage.name}`;
  const trigger = new SessionFunction(scope, 'passwordreset', {
    stage,
    name: 'passwordreset',
    entry: 'password-reset',
    description: 'Asks to end the sessions of a user who has set a new password after forgetting the old one.',
    variables: { eventBus: bus.eventBusName, eventIssuer: source },
  });
  allowToPut(trigger, bus, source, 'End Sessions');
  userPool.addTrigger(UserPoolOperation.POST_CONFIRMATION, trigger);
}
