import { Validations } from 'aws-cdk-lib';
import { type IRestApi, LambdaIntegration, type MethodDeploymentOptions } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { allow } from './allow';
import type { Stage } from './options';
import { SessionFunction } from './session-function';
import { LOGGER, type Shared, SIGN_OUT, STORE } from './variables';

/** Anybody may send something to these routes, and no more than this of it is looked at. */
const THROTTLE: MethodDeploymentOptions = { throttlingRateLimit: 50, throttlingBurstLimit: 100, metricsEnabled: true };

/** By the methods' paths, as a deployment's options name them. */
export const throttledReceivers = ({ receivers }: Stage): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries(receivers.map(({ standard }) => [`/${standard}/POST`, THROTTLE]));

const ACTIONS = { sessions: ['GetItem', 'UpdateItem', 'DeleteItem'], userIndex: ['Query'], signIns: ['PutItem'] };

const SIGNED = 'These standards have no user’s token in a header: the function checks what the provider has signed.';

/** The routes by which identity providers end sessions. They follow their own standards: no user's token is needed. */
export class Receivers extends Construct {
  constructor(scope: Construct, id: string, shared: Shared, api: IRestApi) {
    super(scope, id);
    const handler = new SessionFunction(this, 'receivers', shared, {
      entry: 'receivers',
      description: 'Ends sessions when an identity provider says so.',
      reads: [...LOGGER, ...STORE, ...SIGN_OUT, 'userPoolId', 'receivers'],
    });
    shared.tables.allow(handler, ACTIONS);
    const { receivers, signOutAtPool } = shared.stage;
    const poolActions = ['cognito-idp:ListUsers', ...(signOutAtPool ? ['cognito-idp:AdminUserGlobalSignOut'] : [])];
    if (receivers.some((one) => one.poolProvider)) allow(handler, poolActions, shared.users.userPoolArn);
    const integration = new LambdaIntegration(handler, { allowTestInvoke: false });
    for (const standard of new Set(receivers.map((one) => one.standard))) {
      const method = api.root.addResource(standard).addMethod('POST', integration);
      Validations.of(method).acknowledge({ id: 'AwsSolutions-APIG4', reason: SIGNED });
    }
  }
}
