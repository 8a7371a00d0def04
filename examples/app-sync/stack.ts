import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AuthorizationType,
  Code,
  Definition,
  FieldLogLevel,
  FunctionRuntime,
  GraphqlApi,
} from 'aws-cdk-lib/aws-appsync';
import type { Construct } from 'constructs';
import { sessionAuthorizer } from '../authorizer';

export interface AppSyncExampleProps extends StackProps {
  /** The stage of the session backend whose authorizer guards this API, `{app}-sessions-{stage}`. */
  readonly sessions: string;
}

/** A GraphQL API: whoever calls it needs a live session of the session backend. */
export class AppSyncExample extends Stack {
  constructor(scope: Construct, id: string, { sessions, ...props }: AppSyncExampleProps) {
    super(scope, id, props);
    const api = new GraphqlApi(this, 'Api', {
      name: 'orders',
      definition: Definition.fromFile(join(__dirname, 'schema.graphql')),
      authorizationConfig: {
        defaultAuthorization: {
          authorizationType: AuthorizationType.LAMBDA,
          // Not cached: an ended session is refused from the next request on. The authorizer's answer says so too.
          lambdaAuthorizerConfig: {
            handler: sessionAuthorizer(this, sessions),
            resultsCacheTtl: Duration.seconds(0),
          },
        },
      },
      logConfig: { fieldLogLevel: FieldLogLevel.ERROR, excludeVerboseContent: true },
    });
    api.addNoneDataSource('Context').createResolver('Me', {
      typeName: 'Query',
      fieldName: 'me',
      runtime: FunctionRuntime.JS_1_0_0,
      // The caller is in the context: verified, and nothing that a client could have written.
      code: Code.fromInline(
        'export const request = () => ({ payload: null });\nexport const response = (ctx) => ctx.identity.resolverContext;',
      ),
    });
    new CfnOutput(this, 'GraphqlUrl', { value: api.graphqlUrl });
  }
}
