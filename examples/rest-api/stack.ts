import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
// In your own project: from 'session-backend'.
import { SessionBackend } from '../../lib/session-backend';

/** A REST API: whoever calls it needs a live session. */
export class RestApiExample extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = SessionBackend.fromExports(this, 'Sessions', { app: 'aerotage', stage: 'dev' });
    const api = new RestApi(this, 'Api', {
      restApiName: 'orders',
      cloudWatchRole: false,
      deployOptions: { stageName: 'v1' },
      defaultMethodOptions: { authorizer: sessions.restAuthorizer() },
    });
    // Refusals say why, and a browser can read them.
    sessions.addGatewayResponses(api);
    const orders = new NodejsFunction(this, 'Orders', {
      functionName: 'orders-rest',
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'orders.ts'),
    });
    api.root.addResource('orders').addMethod('GET', new LambdaIntegration(orders, { allowTestInvoke: false }));
    new CfnOutput(this, 'OrdersUrl', { value: api.urlForPath('/orders') });
  }
}
