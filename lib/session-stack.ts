import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledgements';
import { SessionApi } from './api';
import { Cleanup } from './cleanup';
import { CleanupRequests } from './cleanup-requests';
import { ConsoleSite } from './console';
import { EndedEvents } from './ended-events';
import { Monitoring } from './monitoring';
import type { Stage } from './stage';
import { SessionTables } from './tables';
import { UserEvents } from './user-events';
import { Users } from './users';

export interface SessionStackProps extends StackProps {
  readonly stage: Stage;
}

/** The whole backend of one stage. */
export class SessionStack extends Stack {
  constructor(scope: Construct, id: string, { stage, ...props }: SessionStackProps) {
    super(scope, id, props);
    const tables = new SessionTables(this, 'Tables', stage);
    const site = stage.console && new ConsoleSite(this, 'Console', { stage, console: stage.console });
    const users = new Users(this, 'Users', stage, site?.origin);
    const sessionApi = new SessionApi(this, 'SessionApi', { stage, tables, users, consoleOrigin: site?.origin });
    if (users.signInPage) site?.publish(sessionApi.api, users.signInPage);
    const cleanup = new Cleanup(this, 'Cleanup', { stage, tables });
    const { deadLetters } = cleanup;
    const endedEvents = new EndedEvents(this, 'EndedEvents', { stage, tables, deadLetters });
    new UserEvents(this, 'UserEvents', { stage, tables, users, bus: endedEvents.bus, deadLetters });
    new CleanupRequests(this, 'CleanupRequests', { stage, api: sessionApi, bus: endedEvents.bus, cleanup });
    new Monitoring(this, 'Monitoring', { stage, tables, api: sessionApi, cleanup, endedEvents });

    acknowledgeFindings(this);

    new CfnOutput(this, 'ApiUrl', { value: sessionApi.url });
    if (site) {
      new CfnOutput(this, 'ConsoleUrl', { value: `${site.origin}/` });
      if (stage.console?.domain) {
        new CfnOutput(this, 'ConsoleDomainTarget', {
          description: `What the DNS record of ${stage.console.domain.name} points to.`,
          value: site.distribution.distributionDomainName,
        });
      }
    }
    new CfnOutput(this, 'SessionsTable', { value: tables.sessions.tableName });
    new CfnOutput(this, 'AuthorizerArn', {
      description: 'For other APIs of the team: see docs/other-apis.md.',
      value: sessionApi.authorizer.functionArn,
      exportName: `${stage.app}-sessions-${stage.name}-authorizer-arn`,
    });
    new CfnOutput(this, 'EventBus', { value: endedEvents.bus.eventBusName });
    if (stage.sessionsTable) {
      new CfnOutput(this, 'ExistingTableTimeToLive', {
        description: 'Once, for the existing table: what TTL needs to delete what is over. See docs/configuration.md.',
        value: `aws dynamodb update-time-to-live --table-name ${stage.sessionsTable.name} --time-to-live-specification Enabled=true,AttributeName=purgeAt`,
      });
    }
    new CfnOutput(this, 'TokenIssuer', { value: users.issuer });
    new CfnOutput(this, 'TokenClientIds', { value: users.clientIds.join(',') });
  }
}
