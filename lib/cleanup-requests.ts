import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ENV } from '../lambda/runtime/environment';
import type { SessionApi } from './api';
import type { Cleanup } from './cleanup';
import { allowToPut } from './put-events';
import type { Stage } from './stage';

const REQUESTED = 'Dry Run Requested';

export interface CleanupRequestsProps {
  readonly stage: Stage;
  readonly api: SessionApi;
  readonly bus: EventBus;
  readonly cleanup: Cleanup;
}

/** The way from an admin's request to the cleanup: an event on the stage's bus, which can ask for a dry run only. */
export class CleanupRequests extends Construct {
  constructor(scope: Construct, id: string, { stage, api, bus, cleanup }: CleanupRequestsProps) {
    super(scope, id);
    const source = `${stage.app}-sessions-${stage.name}`;
    const requests = api.handlers.get('requestdryrun');
    if (!requests) throw new Error('lib/routes.ts has no route requestdryrun any more: nothing can ask for a dry run.');
    requests.addEnvironment(ENV.eventBus, bus.eventBusName);
    requests.addEnvironment(ENV.eventIssuer, source);
    allowToPut(requests, bus, source, REQUESTED);
    new Rule(this, 'Requests', {
      ruleName: `${stage.app}-session-cleanup-requests-${stage.name}`,
      description: 'An admin asks what a cleanup would delete now.',
      eventBus: bus,
      eventPattern: {
        source: [source],
        detailType: [REQUESTED],
        detail: { dryRun: [true], runId: [{ exists: true }], requestedBy: [{ exists: true }] },
      },
      // Given up well before the record's own deadline; no dead letter: the record says that it never began.
      targets: [new LambdaFunction(cleanup.live, { maxEventAge: Duration.minutes(5), retryAttempts: 20 })],
    });
  }
}
