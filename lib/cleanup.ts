import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow } from './allow';
import { nameOf } from './names';
import { DRY_RUN_REQUESTED } from './routes';
import { SessionFunction } from './session-function';
import { CLEANUP_LOG, LOGGER, type Shared } from './variables';

/** The cleanup, by default every six hours: a durable function, so that a run outlives crashes and the 15-minute limit. */
export class Cleanup extends Construct {
  readonly handler: SessionFunction;
  /** A durable function is invoked by a version, so that a run ends with the code it began with. */
  readonly live: Alias;
  readonly deadLetters: Queue;
  /** The cleanup function's name, by which its metrics are found. */
  readonly name: string;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    const { stage, tables } = shared;
    const every = Duration.hours(stage.cleanupEveryHours);
    this.name = nameOf(stage, 'sessioncleanup');
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: nameOf(stage, 'session-cleanup-dead-letters'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.handler = new SessionFunction(this, 'sessioncleanup', shared, {
      entry: 'cleanup',
      description: 'Deletes the sessions that are over.',
      // A whole CPU comes with it: a run is paid by time and memory, and takes as much of the first as it gets less of that.
      memorySize: 1769,
      timeout: Duration.minutes(15),
      // A run has the time until the next one.
      durableConfig: { executionTimeout: every, retentionPeriod: Duration.days(14) },
      // A run ends with the version that it began with, so a deployment must not delete that. Who does: docs/runbook.md.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      // Lambda runs no durable execution again: of one that failed, timed out or was stopped, the event comes here. It is
      // part of a version, so the alias has it too. The rule's own letters are the runs that could not be started.
      deadLetterQueue: this.deadLetters,
      reads: [...LOGGER, ...CLEANUP_LOG, 'sessionsTable', 'cleanupHours', 'maxAgeDays', 'cleanupWriteUnits'],
    });
    tables.allow(this.handler, { sessions: ['Scan'], cleanupRuns: ['PutItem'] });
    // A batch can write as well as delete. This one may name no attribute but the key, as a delete does.
    allow(this.handler, ['dynamodb:BatchWriteItem'], tables.sessions.tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['sessionId'] },
    });
    this.live = this.handler.addAlias('live');
    new Rule(this, 'Schedule', {
      ruleName: nameOf(stage, 'session-cleanup'),
      description: `Deletes the sessions that are over, every ${stage.cleanupEveryHours} hours.`,
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(this.live, { deadLetterQueue: this.deadLetters })],
    });
  }
}

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
