import { DefaultStackSynthesizer, Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * What cdk-nag finds and is as it should be: where, the finding, and why. Whatever is not in this list fails
 * `npm run check:templates`. The empty path is the whole backend.
 */
const ACKNOWLEDGED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Users: {
    COG8: 'The Plus plan is priced by user. A team that wants its threat protection sets it on a user pool of its own.',
    COG2: 'A second factor is offered. The team decides whether it is required, on a user pool of its own.',
  },
  SessionApi: {
    APIG2:
      'The handlers validate with their own schemas, and answer in the one envelope with the field and what is expected; a request validator of the gateway can do neither.',
    APIG3: 'A web ACL has a monthly price and rules that depend on the team, which can associate one with the stage.',
    APIG6: 'Execution logs would hold headers, and so tokens. The access log has one line for each request instead.',
    COG4: 'A Cognito authorizer would accept an ended session. The Lambda authorizer checks the token and the session.',
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
      'The account’s role for API Gateway’s logs, as AWS documents it.',
  },
  EndedEvents: {
    'IAM5[Resource::*]':
      'dynamodb:ListStreams, which Lambda calls to read the table’s stream, cannot be limited to a stream. It returns names only.',
  },
  Console: {
    S1: 'It holds the files of a public page, and CloudFront alone reads them.',
    CFR1: 'The team decides from where people may see their sessions.',
    CFR2: 'A web ACL has a monthly price and rules that depend on the team; behind this are files only.',
    CFR3: 'The addresses that people come back to from signing in hold a code, which belongs into no log.',
    CFR4: 'CloudFront’s own name comes with CloudFront’s own minimum. A stage that names a domain of its own gets TLS 1.2.',
  },
  '': {
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
      'It allows a function to write its own log, and nothing else.',
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy]':
      'It allows the cleanup to write its log and the checkpoints of its own runs.',
  },
};

const COPIES =
  'CDK’s function that copies files reads CDK’s own bucket of assets, and writes the console’s; nothing else.';

/** Acknowledges them, each at the construct that it is about. */
export function acknowledgeFindings(backend: Construct): void {
  for (const [path, findings] of Object.entries(ACKNOWLEDGED)) {
    const found = path === '' ? backend : backend.node.tryFindChild(path);
    if (found) acknowledge(found, findings);
  }
}

/** The findings of the function by which CDK copies files into a bucket: one for the whole stack, under a name of CDK's. */
export function acknowledgeDeployment(bucket: IBucket): void {
  const stack = Stack.of(bucket);
  const { 'Fn::GetAtt': files } = stack.resolve(bucket.bucketArn);
  const qualifier = stack.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  const actions = ['Abort*', 'DeleteObject*', 'GetBucket*', 'GetObject*', 'List*'].map(
    (action) => `Action::s3:${action}`,
  );
  const wildcards = [
    ...actions,
    `Resource::arn:<AWS::Partition>:s3:::cdk-${qualifier}-assets-<AWS::AccountId>-<AWS::Region>/*`,
    `Resource::<${files.join('.')}>/*`,
  ];
  for (const child of stack.node.children) {
    if (!child.node.id.startsWith('Custom::CDKBucketDeployment')) continue;
    acknowledge(child, {
      ...ACKNOWLEDGED[''],
      ...Object.fromEntries(wildcards.map((wildcard) => [`IAM5[${wildcard}]`, COPIES])),
      L1: 'Its runtime is the one that CDK tests it with, and comes with CDK’s updates.',
    });
  }
}

function acknowledge(
  construct: Parameters<typeof Validations.of>[0],
  findings: Readonly<Record<string, string>>,
): void {
  for (const [finding, reason] of Object.entries(findings)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
  }
}
