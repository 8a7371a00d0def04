import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { FunctionUrlAuthType, HttpMethod, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
// In your own project: from 'session-backend'.
import { SessionBackend } from '../../lib/session-backend';

/** A function without a gateway: it checks sessions itself. */
export class GuardedFunctionExample extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = SessionBackend.fromExports(this, 'Sessions', { app: 'aerotage', stage: 'dev' });
    const orders = new NodejsFunction(this, 'Orders', {
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'orders.ts'),
      bundling: { bundleAwsSDK: true },
    });
    sessions.grantGuard(orders);
    const url = orders.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE,
      cors: { allowedOrigins: ['*'], allowedHeaders: ['authorization'], allowedMethods: [HttpMethod.GET] },
    });
    new CfnOutput(this, 'OrdersUrl', { value: url.url });
  }
}
