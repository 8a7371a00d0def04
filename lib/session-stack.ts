import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from './options';
import { SessionBackend } from './session-backend';

/** The backend of a stage of cdk.json, in a stack of its own. */
export class SessionStack extends Stack {
  constructor(scope: Construct, id: string, { stage, ...props }: StackProps & { readonly stage: Stage }) {
    super(scope, id, props);
    const { name, sessionsTable, userPool, ...options } = stage;
    // CDK leaves this id out of the names that it makes: they are the same as before there was the construct.
    new SessionBackend(this, 'Default', {
      ...options,
      stage: name,
      table: sessionsTable,
      userPool: userPool?.id,
      clients: userPool?.clientIds,
    });
  }
}
