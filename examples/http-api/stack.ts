import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
// In your own project: from 'session-backend'.
import { SessionBackend } from '../../lib/session-backend';

/** An HTTP API, at a third of a REST API's price: whoever calls it needs a live session. */
export class HttpApiExample extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = SessionBackend.fromExports(this, 'Sessions', { app: 'aerotage', stage: 'dev' });
    const api = new HttpApi(this, 'Api', {
      apiName: 'orders',
      defaultAuthorizer: sessions.httpAuthorizer(),
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
