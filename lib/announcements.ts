import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow, allowToPut } from './allow';
import { nameOf } from './names';
import { SessionFunction } from './session-function';
import { BUS, DATABASE, LOGGER, type Shared } from './variables';

/**
 * One event for each session that is registered, and for each that ends, on a bus of the stage's own. They are made from
 * the table's change stream, so whatever deletes a session makes one, and none is lost.
 */
export class Announcements extends Construct {
  readonly bus: EventBus;
  /** The function's name, by which its metrics are found. */
  readonly name: string;

  constructor(scope: Construct, id: string, shared: Shared, deadLetters: IQueue) {
    super(scope, id);
    const { stage, tables } = shared;
    this.name = nameOf(stage, 'announcesessions');
    const source = nameOf(stage, 'sessions');
    this.bus = new EventBus(this, 'Bus', { eventBusName: source });
    const streamArn = tables.sessions.tableStreamArn;
    // An existing table without a stream that the stage names: there is a bus, and nothing comes to it.
    if (!streamArn) return;

    const handler = new SessionFunction(this, 'announcesessions', shared, {
      entry: 'announce-sessions',
      description: 'Announces each new and each ended session on the event bus.',
      timeout: Duration.minutes(1),
      reads: [...LOGGER, ...BUS, ...DATABASE, 'signInsTable', 'maxAgeDays', 'deviceMemoryDays'],
    });
    allowToPut(handler, this.bus, source, ['Session Created', 'Session Revoked']);
    if (stage.newDeviceEvents) {
      // Among the marks, but never one of a sign-in: those keep ended sign-ins from coming back.
      allow(handler, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], tables.signIns.tableArn, {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'device:*' },
      });
    }
    allow(handler, ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], streamArn);
    // It names no stream, so it cannot be limited to one.
    allow(handler, ['dynamodb:ListStreams'], '*');
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
      filters: [FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'REMOVE') })],
      onFailure: new SqsDlq(deadLetters),
    });
    // Lambda looks whether the role may read the stream when it makes the mapping.
    mapping.node.addDependency(handler.role ?? handler);
  }
}
