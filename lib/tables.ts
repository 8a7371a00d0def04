import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allow, allowToDecrypt } from './allow';
import { dataRetention } from './data-retention';
import { nameOf } from './names';
import type { Stage } from './options';

export const USER_INDEX = 'UserIndex';

/** The DynamoDB actions of one function, by what they act on. */
export type TableActions = Readonly<
  Partial<Record<'sessions' | 'userIndex' | 'signIns' | 'cleanupRuns', readonly string[]>>
>;

/** The sessions, the marks of the sign-ins that have registered, and the cleanup's runs. */
export class SessionTables extends Construct {
  readonly sessions: dynamodb.ITable;
  readonly signIns: dynamodb.ITable;
  readonly cleanupRuns: dynamodb.ITable;

  constructor(
    scope: Construct,
    id: string,
    private readonly stage: Stage,
  ) {
    super(scope, id);
    const common = {
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Epoch seconds: TTL on an ISO string never fires. It is the broom behind the cleanup's broom.
      timeToLiveAttribute: 'purgeAt',
      ...dataRetention(stage),
    };
    this.sessions = stage.sessionsTable
      ? dynamodb.Table.fromTableAttributes(this, 'Sessions', {
          tableName: stage.sessionsTable.name,
          tableStreamArn: stage.sessionsTable.streamArn,
        })
      : newSessionsTable(this, stage, common);
    this.signIns = new dynamodb.Table(this, 'SignIns', {
      ...common,
      tableName: nameOf(stage, 'sign-ins'),
      partitionKey: { name: 'signInId', type: dynamodb.AttributeType.STRING },
    });
    this.cleanupRuns = new dynamodb.Table(this, 'CleanupRuns', {
      ...common,
      tableName: nameOf(stage, 'cleanup-runs'),
      partitionKey: { name: 'kind', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'slot', type: dynamodb.AttributeType.STRING },
    });
  }

  /** Allows exactly these actions, nothing wider. On the sessions they need the key of the table, too. */
  allow(grantee: IGrantable, actions: TableActions): void {
    const resources = {
      sessions: this.sessions.tableArn,
      userIndex: `${this.sessions.tableArn}/index/${USER_INDEX}`,
      signIns: this.signIns.tableArn,
      cleanupRuns: this.cleanupRuns.tableArn,
    };
    for (const [part, resource] of Object.entries(resources)) {
      const names = actions[part as keyof TableActions]?.map((name) => `dynamodb:${name}`);
      if (names) allow(grantee, names, resource);
    }
    if (actions.sessions || actions.userIndex) this.allowKey(grantee);
  }

  /** What it takes to decide whether a token passes, and to record that its session is used. */
  allowDecision(grantee: IGrantable): void {
    this.allow(grantee, { sessions: ['GetItem', 'UpdateItem'], signIns: ['GetItem'] });
  }

  /** The key of the sessions table, if it has one of its own. */
  allowKey(grantee: IGrantable): void {
    const { kmsKeyArn } = this.stage.sessionsTable ?? {};
    if (kmsKeyArn) allowToDecrypt(grantee, kmsKeyArn, Stack.of(this));
  }
}

function newSessionsTable(scope: Construct, stage: Stage, common: Partial<dynamodb.TableProps>): dynamodb.Table {
  const table = new dynamodb.Table(scope, 'Sessions', {
    ...common,
    tableName: nameOf(stage, 'user-sessions'),
    partitionKey: { name: 'sessionId', type: dynamodb.AttributeType.STRING },
    // What was there, and what is: the events of ended sessions are made of it.
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  });
  table.addGlobalSecondaryIndex({
    indexName: USER_INDEX,
    partitionKey: { name: 'userId', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'createdAt', type: dynamodb.AttributeType.STRING },
    // Keys only: so recorded activity, the dearest write of all, touches no index.
    projectionType: dynamodb.ProjectionType.KEYS_ONLY,
  });
  return table;
}
