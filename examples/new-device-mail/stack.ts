import { join } from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface NewDeviceMailProps extends StackProps {
  /** The stage of the session backend, `{app}-sessions-{stage}`: it sets `newDeviceEvents`. */
  readonly sessions: string;
  /** The stage's user pool, in this account. */
  readonly userPoolId: string;
  /** An address that Amazon SES has verified, or of a domain that it has. */
  readonly sender: string;
  /** Where people see and end their sessions: the stage's output `ConsoleUrl`. */
  readonly consoleUrl: string;
}

/** Mails people when a device signs in to their account that is new to them: "Was that you?" */
export class NewDeviceMail extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { sessions, userPoolId, sender, consoleUrl, ...props }: NewDeviceMailProps,
  ) {
    super(scope, id, props);
    const [region] = userPoolId.split('_');
    const failed = new Queue(this, 'Failed', { enforceSSL: true });
    const mail = new NodejsFunction(this, 'Mail', {
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'mail.ts'),
      environment: { USER_POOL_ID: userPoolId, SENDER: sender, CONSOLE_URL: consoleUrl },
      deadLetterQueue: failed,
    });
    const allow = (action: string, resource: string) =>
      mail.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    const arn = (service: string, of: string, name: string) =>
      `arn:${this.partition}:${service}:${of}:${this.account}:${name}`;
    allow('cognito-idp:ListUsers', arn('cognito-idp', region ?? this.region, `userpool/${userPoolId}`));
    allow('ses:SendEmail', arn('ses', this.region, `identity/${sender}`));
    new Rule(this, 'NewDevices', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', sessions),
      eventPattern: { source: [sessions], detailType: ['Session Created'], detail: { newDevice: [true] } },
      targets: [new LambdaFunction(mail, { deadLetterQueue: failed })],
    });
  }
}
