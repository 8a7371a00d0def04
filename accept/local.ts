import { localAccess } from '../cli/local-table';
import type { Assembly } from '../local/assembly';
import { localAws } from '../local/aws-calls';
import { startLocalStack } from '../local/stack';
import { resolveTemplate } from '../local/template';
import { type Aws, NotAsked } from './aws';
import { signingIn } from './people';
import type { Target } from './target';

/** The local run on free ports and in memory, as a target. It answers the calls of AWS that it can. */
export async function localTarget(assembly: Assembly, say: Target['say'], seenBy = (aws: Aws) => aws) {
  const denied = new Set<string>();
  const watch = ({ action }: { action: string }) => (denied.has(action) ? ('denied' as const) : undefined);
  const stack = await startLocalStack({ assembly, port: 0, databasePort: 0, lazy: true, log: () => undefined, watch });
  const template = resolveTemplate(assembly, { issuer: stack.url });
  const { apiUrl, sessionsTable: tableName } = stack;
  const [app = '', stage = ''] = tableName.split('-user-sessions-');
  const answers = localAws(template, { url: stack.url, app, stage, denied });
  const unknown = (operation: string) => () => Promise.reject(new NotAsked(`The local run has no ${operation}.`));
  const aws = seenBy({ call: async (_, operation, input) => (answers[operation] ?? unknown(operation))(input) });
  const idOf = (type: string) => template.ref(template.only(type)[0]);
  const userPool = { id: idOf('AWS::Cognito::UserPool'), clientId: idOf('AWS::Cognito::UserPoolClient') };
  const tableArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${tableName}`;
  const database = { client: localAccess(stack.databaseEndpoint), tableName, tableArn };
  const target: Target = {
    name: 'the local run',
    apiUrl,
    signIn: signingIn(aws, apiUrl, userPool),
    own: { app, stage, aws, userPool, database, items: 1_000 },
    times: { poll: 100, outage: 1_000, most: 60_000 },
    say,
  };
  return { target, close: stack.close };
}
