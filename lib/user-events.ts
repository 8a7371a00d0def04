import { Duration } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EnvironmentName } from '../lambda/runtime/environment';
import { SessionFunction } from './session-function';
import type { Stage } from './stage';
import { type SessionTables, USER_INDEX } from './tables';

export interface UserEventsProps {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly bus: EventBus;
  readonly deadLetters: Queue;
}

/** The calls of Cognito's API after which a user's sessions are over: `lambda/identity/user-event.ts` says why. */
const COGNITO_CALLS = [
  'AdminDisableUser',
  'AdminDeleteUser',
  'DeleteUser',
  'AdminUserGlobalSignOut',
  'GlobalSignOut',
  'AdminResetUserPassword',
  'AdminSetUserPassword',
  'ConfirmForgotPassword',
  'ChangePassword',
];

/** Ends a user's sessions when something has happened to the user elsewhere. */
export class UserEvents extends Construct {
  constructor(scope: Construct, id: string, { stage, tables, bus, deadLetters }: UserEventsProps) {
    super(scope, id);
    const variables: Partial<Record<EnvironmentName, string>> = {
      sessionsTable: tables.sessions.tableName,
      userIndex: USER_INDEX,
      signInsTable: tables.signIns.tableName,
      signInDays: String(stage.signInDays),
      maxAgeDays: String(stage.maxAgeDays),
      allowedOrigins: stage.allowedOrigins.join(','),
    };
    const handler = new SessionFunction(this, 'sessionevents', {
      stage,
      name: 'sessionevents',
      entry: 'session-events',
      description: 'Ends the sessions of a user who was disabled, deleted, signed out or given a new password.',
      timeout: Duration.minutes(1),
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
    rule('Cognito', 'user-events', 'What happens to users in Cognito, as CloudTrail tells it.', {
      source: ['aws.cognito-idp'],
      detailType: ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['cognito-idp.amazonaws.com'],
        eventName: COGNITO_CALLS,
        // A call that failed did nothing to the user.
        errorCode: [{ exists: false }],
      },
    });
    // On the stage's own bus, which only those may put events on whom the team allows to.
    rule(
      'Requests',
      'end-requests',
      'Another provider, or a tool, asks to end a user’s sessions.',
      {
        detailType: ['End Sessions'],
        detail: { userId: [{ exists: true }] },
      },
      bus,
    );
  }
}
