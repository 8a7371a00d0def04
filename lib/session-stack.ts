import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledgements';
import { Announcements } from './announcements';
import { SessionApi } from './api';
import { Cleanup } from './cleanup';
import { CleanupRequests } from './cleanup-requests';
import { ConsoleSite } from './console';
import { Monitoring } from './monitoring';
import { nameOf } from './names';
import type { Stage } from './options';
import { OutsideEvents } from './outside-events';
import { SessionTables } from './tables';
import { Users } from './users';
import { variablesOf } from './variables';

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
    const shared = { stage, tables, users, variables: variablesOf(stage, tables, users) };
    const cleanup = new Cleanup(this, 'Cleanup', shared);
    const { deadLetters } = cleanup;
    // The ids of these constructs are part of the names that deployed stacks have.
    const announcements = new Announcements(this, 'EndedEvents', shared, deadLetters);
    const { bus } = announcements;
    const api = new SessionApi(this, 'SessionApi', shared, bus, site?.origin);
    if (users.signInPage) site?.publish(api.api, users.signInPage);
    new OutsideEvents(this, 'UserEvents', shared, bus, deadLetters);
    new CleanupRequests(this, 'CleanupRequests', shared, bus, cleanup);
    new Monitoring(this, 'Monitoring', { stage, tables, api, cleanup, announcements });

    acknowledgeFindings(this);

    new CfnOutput(this, 'ApiUrl', { value: api.url });
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
      value: api.authorizer.functionArn,
      exportName: `${nameOf(stage, 'sessions')}-authorizer-arn`,
    });
    new CfnOutput(this, 'EventBus', { value: bus.eventBusName });
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
