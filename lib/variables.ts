import type { Stack } from 'aws-cdk-lib';
import { ENV, type EnvironmentName } from '../lambda/runtime/environment';
import { nameOf } from './names';
import type { Stage } from './options';
import { type SessionTables, USER_INDEX } from './tables';
import type { Users } from './users';

/** The variables by which a function finds a service, and by which its log names it: AWS's own names. */
export type AwsVariable =
  | 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'
  | 'AWS_ENDPOINT_URL_DYNAMODB'
  | 'AWS_ENDPOINT_URL_EVENTBRIDGE'
  | 'POWERTOOLS_SERVICE_NAME';
export type VariableName = EnvironmentName | AwsVariable;

/** The value of each variable; undefined if this stage has none. */
export type Variables = Readonly<Partial<Record<VariableName, string | number | boolean>>>;

/** What the rooms of `lambda/runtime` read when they are loaded. */
export const DATABASE = ['AWS_ENDPOINT_URL_DYNAMODB'] as const;
export const STORE = [
  ...DATABASE,
  'sessionsTable',
  'userIndex',
  'signInsTable',
  'signInDays',
] as const satisfies readonly VariableName[];
/** What the authorizer and a guard decide by. */
export const DECISION = [
  ...STORE,
  'maxAgeDays',
  'tokenIssuer',
  'tokenClientIds',
  'adminGroup',
  'adminClaim',
  'acceptUnnamedSignIns',
  'limits',
  'openIdProviders',
] as const satisfies readonly VariableName[];
/** Where sessions are. */
export const PLACE = ['location', 'trustedOrigin'] as const;
export const CLEANUP_LOG = [...DATABASE, 'cleanupRunsTable'] as const;
export const BUS = ['AWS_ENDPOINT_URL_EVENTBRIDGE', 'eventBus', 'eventIssuer'] as const;
export const SIGN_OUT = ['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', 'signOutPoolId'] as const;
export const LOGGER = ['POWERTOOLS_SERVICE_NAME'] as const;
export const ROUTE = [...LOGGER, 'allowedOrigins', 'trustedOrigin'] as const;

/** What the parts of a backend have in common. */
export interface Shared {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly users: Users;
  readonly variables: Variables;
}

/** The variables that a stage's options, tables and users decide. One that is an option as it stands has its name. */
export const variablesOf = (stage: Stage, tables: SessionTables, users: Users): Variables => ({
  ...stage,
  sessionsTable: tables.sessions.tableName,
  userIndex: USER_INDEX,
  signInsTable: tables.signIns.tableName,
  cleanupRunsTable: tables.cleanupRuns.tableName,
  limits: Object.keys(stage.limits).length > 0 ? JSON.stringify(stage.limits) : undefined,
  sessionLimit: stage.sessionLimit?.most,
  sessionLimitAction: stage.sessionLimit?.whenReached,
  cleanupWriteUnits: stage.cleanupWriteUnitsPerSecond,
  cleanupHours: stage.cleanupEveryHours,
  tokenIssuer: users.issuer,
  tokenClientIds: users.clientIds.join(','),
  openIdProviders: JSON.stringify(stage.openIdProviders),
  receivers: JSON.stringify(receiversOf(stage)),
  location: stage.location === 'off' ? undefined : 'country',
  trustedOrigin: stage.trustedOrigin && JSON.stringify(stage.trustedOrigin),
  answersCached: stage.authorizerCacheSeconds > 0,
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: users.endpoint,
  userPoolId: users.userPoolId,
  signOutPoolId: stage.signOutAtPool ? users.userPoolId : undefined,
  deviceMemoryDays: stage.newDeviceEvents ? stage.deviceMemoryDays : undefined,
  endOn: stage.endOn.join(','),
  allowedOrigins: stage.allowedOrigins.join(','),
  // The bus has the name that its events have as their source.
  eventBus: nameOf(stage, 'sessions'),
  eventIssuer: nameOf(stage, 'sessions'),
});

/** The environment of code that reads these variables, in the region of the stack. */
export function environmentOf(
  { region, urlSuffix }: Stack,
  reads: readonly VariableName[],
  variables: Variables,
): Record<string, string> {
  const values: Variables = {
    ...variables,
    // So that the code need not find out where to call (lambda/aws/connection.ts).
    AWS_ENDPOINT_URL_DYNAMODB: `https://dynamodb.${region}.${urlSuffix}`,
    AWS_ENDPOINT_URL_EVENTBRIDGE: `https://events.${region}.${urlSuffix}`,
  };
  const set = reads.filter((name) => values[name] !== undefined);
  return Object.fromEntries(set.map((name) => [ENV[name as EnvironmentName] ?? name, String(values[name])]));
}

/** Each receiver with its keys and, if it is one of them, its OpenID provider (`lambda/receivers/message.ts`). */
const receiversOf = ({ receivers, openIdProviders }: Stage): object[] =>
  receivers.map(({ provider: name, ...receiver }) => {
    const provider = openIdProviders.find((one) => one.name === name);
    const jwksUri = provider?.jwksUri ?? `${receiver.issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
    return { jwksUri, ...receiver, provider };
  });
