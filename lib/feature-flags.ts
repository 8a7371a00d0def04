/** The feature flags of CDK on which the construct's template depends: it sets them, whatever the app does. */
export const FLAGS: Readonly<Record<string, unknown>> = {
  '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId': true,
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
};
