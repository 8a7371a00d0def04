import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowToPut } from './put-events';
import { functionNameOf, SessionFunction } from './session-function';
import type { Stage } from './stage';
import type { SessionTables } from './tables';

export interface EndedEventsProps {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly deadLetters: Queue;
}

/**
 * One event for each ended session, on a bus of the stage's own. They are made from the table's change stream, so
 * whatever deletes a session makes one, and none is lost.
 */
export class EndedEvents extends Construct {
  readonly bus: EventBus;
  /** The function's name, by which its metrics are found. */
  readonly name: string;

  constructor(scope: Construct, id: string, { stage, tables, deadLetters }: EndedEventsProps) {
    super(scope, id);
    this.name = functionNameOf(stage, 'announcesessions');
    const source = `${stage.app}-sessions-${stage.name}`;
    this.bus = new EventBus(this, 'Bus', { eventBusName: source });
    const streamArn = tables.sessions.tableStreamArn;
    // An existing table without a stream that the stage names: there is a bus, and nothing comes to it.
    if (!streamArn) return;

    const handler = new SessionFunction(this, 'announcesessions', {
      stage,
      name: 'announcesessions',
      entry: 'announce-sessions',
      description: 'Tells the event bus of each ended session.',
      timeout: Duration.minutes(1),
      variables: {
        eventBus: this.bus.eventBusName,
        eventIssuer: source,
        maxAgeDays: String(stage.maxAgeDays),
      },
    });
    const allow = (actions: string[], resource: string) =>
      handler.addToRolePolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] }));
    allowToPut(handler, this.bus, source, 'Session Revoked');
    const reading = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
    allow(
      reading.map((action) => `dynamodb:${action}`),
      streamArn,
    );
    // It names no stream, so it cannot be limited to one.
    allow(['dynamodb:ListStreams'], '*');
    tables.allowKey(handler);
    deadLetters.grantSendMessages(handler);
    const mapping = new EventSourceMapping(this, 'Removals', {
      target: handler,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1),
      parallelizationFactor: 2,
      // The stream keeps its records for a day; a bad one is found by halving and does not hold up the others.
      retryAttempts: 20,
      bisectBatchOnError: true,
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('REMOVE') })],
      onFailure: new SqsDlq(deadLetters),
    });
    // Lambda looks whether the role may read the stream when it makes the mapping.
    mapping.node.addDependency(handler.role ?? handler);
  }
}
