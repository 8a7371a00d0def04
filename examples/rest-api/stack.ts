import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  type CfnAuthorizer,
  LambdaIntegration,
  RequestAuthorizer,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { sessionAuthorizer } from '../authorizer';

export interface RestApiExampleProps extends StackProps {
  /** The stage of the session backend whose authorizer guards this API, `{app}-sessions-{stage}`. */
  readonly sessions: string;
}

/** A REST API: whoever calls it needs a live session of the session backend. */
export class RestApiExample extends Stack {
  constructor(scope: Construct, id: string, { sessions, ...props }: RestApiExampleProps) {
    super(scope, id, props);
    const authorizer = new RequestAuthorizer(this, 'SessionAuthorizer', {
      handler: sessionAuthorizer(this, sessions),
      // Not cached: an ended session is refused from the next request on.
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    // CDK writes an empty text for "no identity source"; the service wants the property left out.
    (authorizer.node.defaultChild as CfnAuthorizer).addPropertyDeletionOverride('IdentitySource');

    const api = new RestApi(this, 'Api', {
      restApiName: 'orders',
      cloudWatchRole: false,
      deployOptions: { stageName: 'v1' },
      defaultMethodOptions: { authorizer },
    });
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

    const orders = new NodejsFunction(this, 'Orders', {
      functionName: 'orders-rest',
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'orders.ts'),
    });
    api.root.addResource('orders').addMethod('GET', new LambdaIntegration(orders, { allowTestInvoke: false }));
    new CfnOutput(this, 'OrdersUrl', { value: api.urlForPath('/orders') });
  }
}
