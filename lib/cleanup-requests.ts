import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Cleanup } from './cleanup';
import { nameOf } from './names';
import { DRY_RUN_REQUESTED } from './routes';
import type { Shared } from './variables';

/** The way from an admin's request to the cleanup: an event on the stage's bus, which can ask for a dry run only. */
export class CleanupRequests extends Construct {
  constructor(scope: Construct, id: string, { stage }: Shared, bus: IEventBus, cleanup: Cleanup) {
    super(scope, id);
    new Rule(this, 'Requests', {
      ruleName: nameOf(stage, 'session-cleanup-requests'),
      description: 'An admin asks what a cleanup would delete now.',
      eventBus: bus,
      eventPattern: {
        source: [nameOf(stage, 'sessions')],
        detailType: [DRY_RUN_REQUESTED],
        detail: { dryRun: [true], runId: [{ exists: true }], requestedBy: [{ exists: true }] },
      },
      // Given up well before the record's own deadline; no dead letter: the record says that it never began.
      targets: [new LambdaFunction(cleanup.live, { maxEventAge: Duration.minutes(5), retryAttempts: 20 })],
    });
  }
}
