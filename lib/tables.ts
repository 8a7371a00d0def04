import { Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { dataRetention } from './data-retention';
import type { Stage } from './stage';

export const USER_INDEX = 'UserIndex';

/** The DynamoDB actions of one function, by what they act on. */
export interface TableActions {
  readonly sessions?: readonly string[];
  readonly userIndex?: readonly string[];
  readonly signIns?: readonly string[];
  readonly cleanupRuns?: readonly string[];
}

/** The sessions, the marks of the sign-ins that have registered, and the cleanup's runs. */
export class SessionTables extends Construct {
  readonly sessions: ITable;
  readonly signIns: ITable;
  readonly cleanupRuns: ITable;

  constructor(
    scope: Construct,
    id: string,
    private readonly stage: Stage,
  ) {
    super(scope, id);
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Epoch seconds: TTL on an ISO string never fires. It is the broom behind the cleanup's broom.
      timeToLiveAttribute: 'purgeAt',
      ...dataRetention(stage),
    };
    this.sessions = stage.sessionsTable
      ? Table.fromTableAttributes(this, 'Sessions', {
          tableName: stage.sessionsTable.name,
          tableStreamArn: stage.sessionsTable.streamArn,
        })
      : newSessionsTable(this, stage, common);
    this.signIns = new Table(this, 'SignIns', {
      ...common,
      tableName: `${stage.app}-sign-ins-${stage.name}`,
      partitionKey: { name: 'signInId', type: AttributeType.STRING },
    });
    this.cleanupRuns = new Table(this, 'CleanupRuns', {
      ...common,
      tableName: `${stage.app}-cleanup-runs-${stage.name}`,
      partitionKey: { name: 'kind', type: AttributeType.STRING },
      sortKey: { name: 'slot', type: AttributeType.STRING },
    });
  }

  /** Allows exactly these actions, nothing wider. On the sessions they need the key of the table, too. */
  allow(grantee: IGrantable, { sessions, userIndex, signIns, cleanupRuns }: TableActions): void {
    const statements = [
      { actions: sessions, resource: this.sessions.tableArn },
      { actions: userIndex, resource: `${this.sessions.tableArn}/index/${USER_INDEX}` },
      { actions: signIns, resource: this.signIns.tableArn },
      { actions: cleanupRuns, resource: this.cleanupRuns.tableArn },
    ];
    for (const { actions, resource } of statements) {
      if (!actions) continue;
      const statement = {
        effect: Effect.ALLOW,
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [resource],
      };
      grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement(statement));
    }
    if (sessions || userIndex) this.allowKey(grantee);
  }

  /**
   * Lets DynamoDB use the sessions table's own key in the name of a function, if the table has one. To read and to write,
   * DynamoDB decrypts the table's data key as the caller; everything else it does by the grants it got from whoever chose
   * the key (AWS: "How DynamoDB uses AWS KMS").
   */
  allowKey(grantee: IGrantable): void {
    const { kmsKeyArn } = this.stage.sessionsTable ?? {};
    if (!kmsKeyArn) return;
    const { region, urlSuffix } = Stack.of(this);
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['kms:Decrypt'],
        resources: [kmsKeyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } },
      }),
    );
  }
}

function newSessionsTable(scope: Construct, stage: Stage, common: Partial<TableProps>): Table {
  const table = new Table(scope, 'Sessions', {
    ...common,
    tableName: `${stage.app}-user-sessions-${stage.name}`,
    partitionKey: { name: 'sessionId', type: AttributeType.STRING },
    // What was there, and what is: the events of ended sessions are made of it.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  table.addGlobalSecondaryIndex({
    indexName: USER_INDEX,
    partitionKey: { name: 'userId', type: AttributeType.STRING },
    sortKey: { name: 'createdAt', type: AttributeType.STRING },
    // Keys only: so recorded activity, the dearest write of all, touches no index.
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return table;
}
