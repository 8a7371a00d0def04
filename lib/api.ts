import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  type CfnAuthorizer,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  RequestAuthorizer,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvironmentName } from '../lambda/runtime/environment';
import { addGatewayResponses } from './gateway-responses';
import { ROUTES, routeKey } from './routes';
import { SessionFunction } from './session-function';
import type { Stage } from './stage';
import { type SessionTables, USER_INDEX } from './tables';
import type { Users } from './users';

/**
 * The key of a cached answer: what the authorizer decides by. The route is part of it, or the answer to a registration
 * would also be the answer to what the client asks next.
 */
const CACHED_BY = [
  IdentitySource.header('Authorization'),
  IdentitySource.context('httpMethod'),
  IdentitySource.context('resourcePath'),
];

export interface SessionApiProps {
  readonly stage: Stage;
  readonly tables: SessionTables;
  readonly users: Users;
  /** Where the console is, if the stage has it. Its page may read the answers too. */
  readonly consoleOrigin?: string;
}

/** The REST API: the routes, each with a function of its own, behind the authorizer. */
export class SessionApi extends Construct {
  readonly api: RestApi;
  /** Of the API's stage, without a slash at its end: people join it with paths that begin with one. */
  readonly url: string;
  readonly authorizer: SessionFunction;
  readonly accessLogs: LogGroup;
  /** The routes' functions, by the middle parts of their names. */
  readonly handlers = new Map<string, SessionFunction>();

  constructor(scope: Construct, id: string, { stage, tables, users, consoleOrigin }: SessionApiProps) {
    super(scope, id);
    const allowedOrigins =
      consoleOrigin === undefined || stage.allowedOrigins.includes('*')
        ? stage.allowedOrigins
        : [...new Set([...stage.allowedOrigins, consoleOrigin])];
    const [onlyOrigin, ...moreOrigins] = allowedOrigins;
    this.accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/${stage.app}-sessions-${stage.name}`,
      retention: stage.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: `${stage.app}-sessions-${stage.name}`,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: stage.setApiLogRole,
      deployOptions: {
        stageName: stage.name,
        throttlingRateLimit: stage.throttle.rate,
        throttlingBurstLimit: stage.throttle.burst,
        metricsEnabled: true,
        accessLogDestination: new LogGroupLogDestination(this.accessLogs),
        accessLogFormat: accessLogFormat(),
      },
      defaultCorsPreflightOptions: {
        allowOrigins: [...allowedOrigins],
        allowMethods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
        allowHeaders: ['Authorization', 'Content-Type', ...stage.allowedHeaders],
        maxAge: Duration.hours(1),
      },
    });
    // CDK prints the address too, with a slash: joined with a path it would be `…//logout`, which is no route.
    this.api.node.tryRemoveChild('Endpoint');
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${this.api.deploymentStage.stageName}`;
    // Nothing in these answers is secret, and a page of any allowed origin must be able to read them.
    addGatewayResponses(this.api, moreOrigins.length === 0 && onlyOrigin ? onlyOrigin : '*');

    const variables: Partial<Record<EnvironmentName, string>> = {
      sessionsTable: tables.sessions.tableName,
      userIndex: USER_INDEX,
      signInsTable: tables.signIns.tableName,
      signInDays: String(stage.signInDays),
      maxAgeDays: String(stage.maxAgeDays),
      allowedOrigins: allowedOrigins.join(','),
    };

    this.authorizer = new SessionFunction(this, 'Authorizer', {
      stage,
      name: 'authorizer',
      entry: 'authorizer',
      description: 'Lets a request pass when its token is good and its session live.',
      variables: {
        ...variables,
        tokenIssuer: users.issuer,
        tokenClientIds: users.clientIds.join(','),
        adminGroup: stage.adminGroup,
        acceptUnnamedSignIns: String(stage.acceptUnnamedSignIns),
        openIdProviders: JSON.stringify(stage.openIdProviders),
        routesWithoutSession: ROUTES.filter(({ needsSession }) => !needsSession)
          .map(routeKey)
          .join(','),
        apiId: this.api.restApiId,
        answersCached: String(stage.authorizerCacheSeconds > 0),
        ...(stage.adminClaim !== undefined && { adminClaim: stage.adminClaim }),
      },
    });
    tables.allow(this.authorizer, { sessions: ['GetItem', 'UpdateItem'], signIns: ['GetItem'] });
    const cached = stage.authorizerCacheSeconds > 0;
    const authorizer = new RequestAuthorizer(this, 'TokenAuthorizer', {
      handler: this.authorizer,
      // None: the authorizer also answers for a request without a token, with a reason and in the one envelope.
      identitySources: cached ? CACHED_BY : [],
      // Without a cache an ended session is refused from the next request on; with one, when its answer is forgotten.
      resultsCacheTtl: Duration.seconds(stage.authorizerCacheSeconds),
    });
    // CDK writes an empty text for "no identity source"; the service wants the property left out.
    if (!cached) (authorizer.node.defaultChild as CfnAuthorizer).addPropertyDeletionOverride('IdentitySource');

    for (const { method, path, name, entry, actions, actionsWithLimit } of ROUTES) {
      const handler = new SessionFunction(this, name, {
        stage,
        name,
        entry,
        description: `${method} ${path}`,
        variables: {
          ...variables,
          ...(name === 'createsession' && {
            idleMinutes: String(stage.idleMinutes),
            lifetimeHours: String(stage.lifetimeHours),
            ...(stage.sessionLimit && {
              sessionLimit: String(stage.sessionLimit.most),
              sessionLimitAction: stage.sessionLimit.whenReached,
            }),
          }),
          ...(actions.cleanupRuns && { cleanupRunsTable: tables.cleanupRuns.tableName }),
          ...(name.startsWith('terminate') &&
            stage.recentSignInMinutes !== undefined && { recentSignInMinutes: String(stage.recentSignInMinutes) }),
        },
      });
      tables.allow(handler, (stage.sessionLimit && actionsWithLimit?.[stage.sessionLimit.whenReached]) ?? actions);
      this.handlers.set(name, handler);
      this.api.root
        .resourceForPath(path)
        .addMethod(method, new LambdaIntegration(handler, { allowTestInvoke: false }), { authorizer });
    }
  }
}

/** What is known of every request without looking into it: no header, no token. */
function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(
    JSON.stringify({
      requestId: AccessLogField.contextRequestId(),
      time: AccessLogField.contextRequestTime(),
      ip: AccessLogField.contextIdentitySourceIp(),
      userAgent: AccessLogField.contextIdentityUserAgent(),
      method: AccessLogField.contextHttpMethod(),
      route: AccessLogField.contextResourcePath(),
      status: AccessLogField.contextStatus(),
      userId: AccessLogField.contextAuthorizerPrincipalId(),
      refusal: AccessLogField.contextAuthorizer('code'),
      error: AccessLogField.contextErrorResponseType(),
      durationMs: AccessLogField.contextResponseLatency(),
    }),
  );
}
