import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { sessionAuthorizer } from '../authorizer';

export interface HttpApiExampleProps extends StackProps {
  /** The stage of the session backend whose authorizer guards this API, `{app}-sessions-{stage}`. */
  readonly sessions: string;
}

/** An HTTP API, at a third of a REST API's price: whoever calls it needs a live session of the session backend. */
export class HttpApiExample extends Stack {
  constructor(scope: Construct, id: string, { sessions, ...props }: HttpApiExampleProps) {
    super(scope, id, props);
    const authorizer = new HttpLambdaAuthorizer('SessionAuthorizer', sessionAuthorizer(this, sessions), {
      // Payload 2.0.
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // A request without a token is answered 401 by the gateway, and costs no authorizer.
      identitySource: ['$request.header.Authorization'],
      // Not cached: an ended session is refused from the next request on.
      resultsCacheTtl: Duration.seconds(0),
    });
    const api = new HttpApi(this, 'Api', {
      apiName: 'orders',
      defaultAuthorizer: authorizer,
      // The gateway then adds these headers to its own refusals too, so that a browser can read them.
      corsPreflight: {
        allowOrigins: ['*'],
        allowHeaders: ['authorization', 'content-type'],
        allowMethods: [CorsHttpMethod.GET],
      },
    });
    const orders = new NodejsFunction(this, 'Orders', {
      functionName: 'orders-http',
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'orders.ts'),
    });
    const integration = new HttpLambdaIntegration('OrdersIntegration', orders);
    api.addRoutes({ path: '/orders', methods: [HttpMethod.GET], integration });
    new CfnOutput(this, 'OrdersUrl', { value: `${api.apiEndpoint}/orders` });
  }
}
