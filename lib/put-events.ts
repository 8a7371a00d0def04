import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * Allows a function to put one kind of event on the stage's bus, and no other: the bus carries the events that end
 * sessions, those that say that one has ended, and the requests for a dry run.
 */
export function allowToPut(grantee: IGrantable, bus: IEventBus, source: string, detailType: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      // A request may put ten events, and IAM lists the source as a key of several values: all of them must match.
      conditions: { 'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': detailType } },
    }),
  );
}
