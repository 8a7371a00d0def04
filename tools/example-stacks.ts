import { type App, Validations } from 'aws-cdk-lib';
import { AppSyncExample } from '../examples/app-sync/stack';
import { GuardedFunctionExample } from '../examples/guarded-function/stack';
import { HttpApiExample } from '../examples/http-api/stack';
import { NewDeviceMail } from '../examples/new-device-mail/stack';
import { RestApiExample } from '../examples/rest-api/stack';
import { WebSocketExample } from '../examples/web-socket/stack';

const EXAMPLES = { RestApiExample, HttpApiExample, WebSocketExample, AppSyncExample, GuardedFunctionExample };
/** What the mails need besides. */
const MAILS = {
  sessions: 'aerotage-sessions-dev',
  userPoolId: 'eu-west-1_AbCdEfGhI',
  sender: 'security@example.com',
  consoleUrl: 'https://sessions.example.com/',
};

const OWN_LOG = 'It allows a function to write its own log, and nothing else.';
const SHORT = 'The example shows how an API asks for a session. Logs of requests are the team’s to choose.';
const LOGS_HOLD_TOKENS = 'Execution logs would hold headers, and so tokens.';

/** What cdk-nag finds in the examples, and why that is as it should be. */
const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  'AwsSolutions-APIG1': SHORT,
  'AwsSolutions-APIG2': 'The example takes no body.',
  'AwsSolutions-APIG3': 'A web ACL has a monthly price and rules that depend on the team.',
  'AwsSolutions-APIG6': LOGS_HOLD_TOKENS,
  'AwsSolutions-ASC3': LOGS_HOLD_TOKENS,
  'AwsSolutions-COG4':
    'A Cognito authorizer knows no sessions. The session backend’s authorizer checks the pool’s tokens.',
  'AwsSolutions-SQS3': 'It is a dead-letter queue itself.',
  'AwsSolutions-DDB3': 'The table holds connections of at most two hours.',
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]': OWN_LOG,
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs]':
    'It allows AppSync to write the API’s log, as AWS documents it.',
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiF70053CD>/v1/*/@connections/*]':
    'Which connections a session has is known when it ends: the function closes those of this stage only.',
  'AwsSolutions-IAM5[Resource::aerotage-sessions-dev-authorizer-arn:*]':
    'CDK lets a role that invokes a function invoke its versions too.',
  'AwsSolutions-IAM5[Resource::*]': 'CDK’s function that sets how long the API’s log is kept may do so for any log.',
};

/** Adds the examples to an app. @returns the names of their stacks */
export function addExamples(app: App): string[] {
  const stacks = Object.entries(EXAMPLES).map(([name, Example]) => new Example(app, name));
  const all = [...stacks, new NewDeviceMail(app, 'NewDeviceMail', MAILS)];
  for (const stack of all) {
    for (const [id, reason] of Object.entries(ACKNOWLEDGED)) Validations.of(stack).acknowledge({ id, reason });
  }
  return all.map(({ node }) => node.id);
}
