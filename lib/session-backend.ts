import { CfnOutput } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledgements';
import { Announcements } from './announcements';
import { SessionApi } from './api';
import { Cleanup, CleanupRequests } from './cleanup';
import { ConsoleSite } from './console';
import { ExportedSessions, type ExportedSessionsProps, Sessions, tellGuards } from './doors';
import { FLAGS } from './feature-flags';
import { Monitoring } from './monitoring';
import { nameOf } from './names';
import type { StageConfiguration } from './options';
import { OutsideEvents } from './outside-events';
import { Receivers } from './receivers';
import { settleStage } from './stage';
import { SessionTables } from './tables';
import { Users } from './users';
import { type Variables, variablesOf } from './variables';

export interface SessionBackendProps extends Omit<StageConfiguration, 'app' | 'sessionsTable' | 'userPool'> {
  /** First part of every name: `{app}-user-sessions-{stage}`. */
  readonly app: string;
  /** Last part of every name, and the API's stage. */
  readonly stage: string;
  /**
   * An existing sessions table, with its stream if ended sessions are to be announced.
   * @default - the construct makes one
   */
  readonly table?: ITable | NonNullable<StageConfiguration['sessionsTable']>;
  /**
   * The user pool whose tokens are accepted, or its id.
   * @default - the construct makes one, with a client and the admin group
   */
  readonly userPool?: IUserPool | string;
  /**
   * The user pool's clients whose tokens are accepted, or their ids.
   * @default - required with userPool
   */
  readonly clients?: readonly (IUserPoolClient | string)[];
}

/** The whole backend of one stage. */
export class SessionBackend extends Sessions {
  /** A backend of another stack in the same account and region. */
  static fromExports(scope: Construct, id: string, props: ExportedSessionsProps): Sessions {
    return new ExportedSessions(scope, id, props);
  }

  readonly api: RestApi;
  readonly authorizer: IFunction;
  readonly table: ITable;
  readonly bus: EventBus;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;
  protected readonly variables: Variables;
  private readonly tables: SessionTables;

  /** @throws a configuration error that shows the wrong value and says what is expected */
  constructor(
    scope: Construct,
    id: string,
    { stage: name, table, userPool, clients, ...options }: SessionBackendProps,
  ) {
    super(scope, id);
    for (const [flag, value] of Object.entries(FLAGS)) this.node.setContext(flag, value);
    const stage = settleStage(name, { ...options, ...idsOf(table, userPool, clients) });
    // By this the local run finds the backend in a synthesized app.
    this.node.addMetadata('session-backend', stage.name);

    const tables = new SessionTables(this, 'Tables', stage);
    const site = stage.console && new ConsoleSite(this, 'Console', { stage, console: stage.console });
    const users = new Users(this, 'Users', stage, site?.origin);
    const shared = { stage, tables, users, variables: variablesOf(stage, tables, users) };
    const cleanup = new Cleanup(this, 'Cleanup', shared);
    const { deadLetters } = cleanup;
    // The ids of these constructs are part of the names that deployed stacks have.
    const announcements = new Announcements(this, 'EndedEvents', shared, deadLetters);
    const { bus } = announcements;
    const api = new SessionApi(this, 'SessionApi', shared, bus, site?.origin);
    if (users.signInPage) site?.publish(api.api, users.signInPage);
    if (stage.receivers.length > 0) new Receivers(this, 'Receivers', shared, api.api);
    new OutsideEvents(this, 'UserEvents', shared, bus, deadLetters);
    new CleanupRequests(this, 'CleanupRequests', shared, bus, cleanup);
    const monitoring = new Monitoring(this, 'Monitoring', { stage, tables, api, cleanup, announcements });
    acknowledgeFindings(this);

    this.tables = tables;
    this.variables = shared.variables;
    this.api = api.api;
    this.authorizer = api.authorizer;
    this.table = tables.sessions;
    this.bus = bus;
    this.alarmTopic = monitoring.alarms;
    this.dashboard = monitoring.dashboard;

    const prefix = nameOf(stage, 'sessions');
    const output = (id: string, value: string, description?: string, exportName?: string) =>
      new CfnOutput(this, id, { value, description, exportName });
    output('ApiUrl', api.url);
    if (site) output('ConsoleUrl', `${site.origin}/`);
    if (site && stage.console?.domain) {
      const description = `What the DNS record of ${stage.console.domain.name} points to.`;
      output('ConsoleDomainTarget', site.distribution.distributionDomainName, description);
    }
    output('SessionsTable', this.table.tableName);
    const others = 'For other APIs of the team: see docs/other-apis.md.';
    output('AuthorizerArn', this.authorizer.functionArn, others, `${prefix}-authorizer-arn`);
    tellGuards(this, 'Guard', prefix, this.variables);
    output('EventBus', bus.eventBusName);
    if (stage.sessionsTable) {
      output(
        'ExistingTableTimeToLive',
        `aws dynamodb update-time-to-live --table-name ${stage.sessionsTable.name} --time-to-live-specification Enabled=true,AttributeName=purgeAt`,
        'Run this once, to turn on time to live for the existing table. See docs/configuration.md.',
      );
    }
    output('TokenIssuer', users.issuer);
    output('TokenClientIds', users.clientIds.join(','));
  }

  protected allowDecision(grantee: IGrantable): void {
    this.tables.allowDecision(grantee);
  }
}

/** The options that name what exists, by ids. */
function idsOf(
  table: SessionBackendProps['table'],
  userPool: SessionBackendProps['userPool'],
  clients: SessionBackendProps['clients'],
): Pick<StageConfiguration, 'sessionsTable' | 'userPool'> {
  const sessionsTable =
    table && 'tableName' in table
      ? { name: table.tableName, streamArn: table.tableStreamArn, kmsKeyArn: table.encryptionKey?.keyArn }
      : table;
  if (!userPool && !clients) return { sessionsTable };
  const pool = {
    id: typeof userPool === 'object' ? userPool.userPoolId : userPool,
    clientIds: clients?.map((client) => (typeof client === 'string' ? client : client.userPoolClientId)),
  };
  return { sessionsTable, userPool: pool as StageConfiguration['userPool'] };
}
