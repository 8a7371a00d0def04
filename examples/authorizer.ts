import { Fn } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * The session backend's authorizer, as its stack exports it.
 * @param sessions the backend's stage, `{app}-sessions-{stage}`
 */
export const sessionAuthorizer = (scope: Construct, sessions: string) =>
  LambdaFunction.fromFunctionAttributes(scope, 'SessionAuthorizerFunction', {
    functionArn: Fn.importValue(`${sessions}-authorizer-arn`),
    // So that this stack may add the permission by which its own API invokes the function.
    sameEnvironment: true,
  });
