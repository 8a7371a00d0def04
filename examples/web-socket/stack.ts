import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
// In your own project: from 'session-backend'.
import { SessionBackend } from '../../lib/session-backend';

/** A WebSocket API: a connection needs a live session, and is closed when the session ends. */
export class WebSocketExample extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = SessionBackend.fromExports(this, 'Sessions', { app: 'aerotage', stage: 'dev' });
    const table = new Table(this, 'Connections', {
      partitionKey: { name: 'sessionId', type: AttributeType.STRING },
      sortKey: { name: 'connectionId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'purgeAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const connect = new NodejsFunction(this, 'Connect', {
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'connect.ts'),
      environment: { CONNECTIONS_TABLE: table.tableName },
      bundling: { bundleAwsSDK: true },
    });
    table.grant(connect, 'dynamodb:PutItem');
    const api = new WebSocketApi(this, 'Api', {
      apiName: 'news',
      connectRouteOptions: {
        integration: new WebSocketLambdaIntegration('ConnectIntegration', connect),
        // A browser can set no header: new WebSocket(`${url}?token=${idToken}`). The access log has no query string.
        authorizer: sessions.webSocketAuthorizer(),
      },
    });
    const stage = new WebSocketStage(this, 'Stage', { webSocketApi: api, stageName: 'v1', autoDeploy: true });

    const close = new NodejsFunction(this, 'Close', {
      runtime: Runtime.NODEJS_24_X,
      entry: join(__dirname, 'close.ts'),
      environment: { CONNECTIONS_TABLE: table.tableName, CONNECTIONS_URL: stage.callbackUrl },
      bundling: { bundleAwsSDK: true },
      deadLetterQueue: new Queue(this, 'NotClosed', { enforceSSL: true }),
    });
    table.grant(close, 'dynamodb:Query');
    stage.grantManagementApiAccess(close);
    new Rule(this, 'SessionEnded', {
      eventBus: sessions.bus,
      eventPattern: { detailType: ['Session Revoked'] },
      targets: [new LambdaFunction(close)],
    });
    new CfnOutput(this, 'Url', { value: stage.url });
  }
}
