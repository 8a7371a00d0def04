import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Code, Definition, FieldLogLevel, FunctionRuntime, GraphqlApi } from 'aws-cdk-lib/aws-appsync';
import type { Construct } from 'constructs';
// In your own project: from 'session-backend'.
import { SessionBackend } from '../../lib/session-backend';

/** A GraphQL API: whoever calls it needs a live session. */
export class AppSyncExample extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = SessionBackend.fromExports(this, 'Sessions', { app: 'aerotage', stage: 'dev' });
    const api = new GraphqlApi(this, 'Api', {
      name: 'orders',
      definition: Definition.fromFile(join(__dirname, 'schema.graphql')),
      authorizationConfig: { defaultAuthorization: sessions.appSyncAuthorizer() },
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
