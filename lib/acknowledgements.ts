import { type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The function by which CDK puts files into a bucket: one for the whole stack, under a name of CDK's. */
const DEPLOYMENT = 'Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C';

/**
 * What cdk-nag finds and is as it should be: each finding, where, and why. Whatever is not in this list fails
 * `npm run check:templates`.
 */
const ACKNOWLEDGED: ReadonlyArray<readonly [path: string, finding: string, reason: string]> = [
  [
    'Users',
    'AwsSolutions-COG8',
    'The Plus plan is priced by user. What a team wants of its threat protection it sets on a user pool of its own, which a stage can name.',
  ],
  [
    'Users',
    'AwsSolutions-COG2',
    'A second factor is offered. Whether it is required is the team’s to say, of its people and of a pool of its own.',
  ],
  [
    'SessionApi',
    'AwsSolutions-APIG2',
    'The handlers validate with their own schemas, and answer in the one envelope with the field and what is expected; a request validator of the gateway can do neither.',
  ],
  [
    'SessionApi',
    'AwsSolutions-APIG3',
    'A web ACL has a monthly price and rules that depend on the team: it is associated with the stage by the team that has one. The stage throttles.',
  ],
  [
    'SessionApi',
    'AwsSolutions-APIG6',
    'Execution logs would hold headers, and so tokens. The access log has one line for each request instead.',
  ],
  [
    'SessionApi',
    'AwsSolutions-COG4',
    'A Cognito authorizer knows no sessions: an ended one would go on. The Lambda authorizer checks the pool’s tokens and the session.',
  ],
  [
    'SessionApi',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    'The account’s role for API Gateway’s logs, as AWS documents it.',
  ],
  [
    'EndedEvents',
    'AwsSolutions-IAM5[Resource::*]',
    'dynamodb:ListStreams, which Lambda calls to read the table’s stream, cannot be limited to a stream. It tells names only.',
  ],
  ['Console', 'AwsSolutions-S1', 'It holds the files of a public page, and CloudFront alone reads them.'],
  ['Console', 'AwsSolutions-CFR1', 'Where people may see their sessions from is the team’s to say.'],
  [
    'Console',
    'AwsSolutions-CFR2',
    'A web ACL has a monthly price and rules that depend on the team; behind this are files only.',
  ],
  [
    'Console',
    'AwsSolutions-CFR3',
    'The addresses that people come back to from signing in hold a code, which belongs into no log.',
  ],
  [
    'Console',
    'AwsSolutions-CFR4',
    'CloudFront’s own name comes with CloudFront’s own minimum. A stage that names a domain of its own gets TLS 1.2.',
  ],
  ...[
    'Action::s3:Abort*',
    'Action::s3:DeleteObject*',
    'Action::s3:GetBucket*',
    'Action::s3:GetObject*',
    'Action::s3:List*',
    'Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*',
    'Resource::<ConsoleFiles2D43986C.Arn>/*',
  ].map(
    (wildcard) =>
      [
        DEPLOYMENT,
        `AwsSolutions-IAM5[${wildcard}]`,
        'CDK’s function that copies files reads CDK’s own bucket of assets, and writes the console’s; nothing else.',
      ] as const,
  ),
  [DEPLOYMENT, 'AwsSolutions-L1', 'Its runtime is the one that CDK tests it with, and comes with CDK’s updates.'],
  [
    '',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'It allows a function to write its own log, and nothing else.',
  ],
  [
    '',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy]',
    'It allows the cleanup to write its log and the checkpoints of its own runs.',
  ],
];

/** Acknowledges them, each at the construct that it is about. */
export function acknowledgeFindings(stack: Stack): void {
  for (const [path, id, reason] of ACKNOWLEDGED) {
    const found: IConstruct | undefined = path === '' ? stack : stack.node.tryFindChild(path);
    if (found) Validations.of(found).acknowledge({ id, reason });
  }
}
