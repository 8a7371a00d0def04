import { CfnOutput, Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import {
  type CfnAuthorizer,
  LambdaIntegration,
  RequestAuthorizer,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

export interface SecondApiProps extends StackProps {
  /** The stage of the session backend whose authorizer guards this API, `{app}-sessions-{stage}`. */
  readonly sessions: string;
}

/** Another API of the team: whoever calls it needs a live session of the session backend. */
export class SecondApi extends Stack {
  constructor(scope: Construct, id: string, { sessions, ...props }: SecondApiProps) {
    super(scope, id, props);
    const api = new RestApi(this, 'Api', { restApiName: 'orders', deployOptions: { stageName: 'v1' } });
    const authorizerArn = Fn.importValue(`${sessions}-authorizer-arn`);
    const authorizer = new RequestAuthorizer(this, 'SessionAuthorizer', {
      handler: LambdaFunction.fromFunctionArn(this, 'Authorizer', authorizerArn),
      // A role of this stack invokes it, so that the session backend need not know who uses its authorizer.
      assumeRole: new Role(this, 'AuthorizerCaller', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') }),
      // Not cached: an ended session is refused from the next request on.
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    // CDK writes an empty text for "no identity source"; the service wants the property left out.
    (authorizer.node.defaultChild as CfnAuthorizer).addPropertyDeletionOverride('IdentitySource');

    // A refusal says why, as the session backend's own API does.
    api.addGatewayResponse('Refused', {
      type: ResponseType.ACCESS_DENIED,
      statusCode: '401',
      responseHeaders: { 'Access-Control-Allow-Origin': "'*'" },
      templates: {
        'application/json':
          '{"success":false,"error":{"code":"$context.authorizer.code","message":"$context.authorizer.message","details":{"reason":"$context.authorizer.reason"}}}',
      },
    });
    // An authorizer that throws could not decide: the client may send the request again.
    api.addGatewayResponse('NotDecided', {
      type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
      statusCode: '503',
      responseHeaders: { 'Access-Control-Allow-Origin': "'*'", 'Retry-After': "'1'" },
      templates: {
        'application/json':
          '{"success":false,"error":{"code":"TRY_AGAIN","message":"The request could not be checked right now. Send it again in a moment."}}',
      },
    });

    const orders = new LambdaFunction(this, 'Orders', {
      functionName: 'orders',
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      // The caller is in the request's context: verified, and nothing that a client could have written.
      code: Code.fromInline(`exports.handler = async ({ requestContext: { authorizer } }) => ({
  statusCode: 200,
  headers: { 'Access-Control-Allow-Origin': '*' },
  body: JSON.stringify({ orders: [], of: authorizer.userId }),
});`),
    });
    api.root.addResource('orders').addMethod('GET', new LambdaIntegration(orders), { authorizer });
    new CfnOutput(this, 'OrdersUrl', { value: api.urlForPath('/orders') });
  }
}
