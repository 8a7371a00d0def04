import { Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { allow, allowToPut } from './allow';
import { newLog } from './data-retention';
import { withoutIdentitySource } from './doors';
import { addGatewayResponses } from './gateway-responses';
import { nameOf } from './names';
import { throttledReceivers } from './receivers';
import { nameInAws, ROUTES, routeKeys } from './routes';
import { SessionFunction } from './session-function';
import { DECISION, LOGGER, PLACE, type Shared } from './variables';

/**
 * The key of a cached answer: what the authorizer decides by. The route is part of it, or the answer to a registration
 * would also be the answer to what the client asks next.
 */
const CACHED_BY = [
  apigateway.IdentitySource.header('Authorization'),
  apigateway.IdentitySource.context('httpMethod'),
  apigateway.IdentitySource.context('resourcePath'),
];

/** The REST API: the routes, each with a function of its own, behind the authorizer. */
export class SessionApi extends Construct {
  readonly api: apigateway.RestApi;
  /** Of the API's stage, without a slash at its end: people join it with paths that begin with one. */
  readonly url: string;
  readonly authorizer: SessionFunction;
  readonly accessLogs: LogGroup;

  /** @param consoleOrigin where the console is, if the stage has it: its page may read the answers too */
  constructor(scope: Construct, id: string, shared: Shared, bus: IEventBus, consoleOrigin?: string) {
    super(scope, id);
    const { stage, tables, users } = shared;
    const allowedOrigins =
      consoleOrigin === undefined || stage.allowedOrigins.includes('*')
        ? stage.allowedOrigins
        : [...new Set([...stage.allowedOrigins, consoleOrigin])];
    const [onlyOrigin, ...moreOrigins] = allowedOrigins;
    this.accessLogs = newLog(this, 'AccessLogs', stage, `/aws/apigateway/${nameOf(stage, 'sessions')}`);
    this.api = new apigateway.RestApi(this, 'Api', {
      restApiName: nameOf(stage, 'sessions'),
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      cloudWatchRole: stage.setApiLogRole,
      deployOptions: {
        stageName: stage.name,
        throttlingRateLimit: stage.throttle.rate,
        throttlingBurstLimit: stage.throttle.burst,
        methodOptions: throttledReceivers(stage),
        metricsEnabled: true,
        accessLogDestination: new apigateway.LogGroupLogDestination(this.accessLogs),
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

    const variables = {
      ...shared.variables,
      allowedOrigins: allowedOrigins.join(','),
      apiId: this.api.restApiId,
      routesWithoutSession: routeKeys(({ withoutSession }) => withoutSession === true),
      routesForServers: routeKeys(({ forServers }) => forServers === true),
    };
    this.authorizer = new SessionFunction(
      this,
      'Authorizer',
      { stage, variables },
      {
        entry: 'authorizer',
        description: 'Lets a request pass when its token is good and its session live.',
        reads: [...LOGGER, ...DECISION, ...PLACE, 'routesWithoutSession', 'routesForServers', 'apiId', 'answersCached'],
      },
    );
    tables.allowDecision(this.authorizer);
    const cached = stage.authorizerCacheSeconds > 0;
    const authorizer = new apigateway.RequestAuthorizer(this, 'TokenAuthorizer', {
      handler: this.authorizer,
      // None: the authorizer also answers for a request without a token, with a reason and in the one envelope.
      identitySources: cached ? CACHED_BY : [],
      // Without a cache an ended session is refused from the next request on; with one, when its answer is forgotten.
      resultsCacheTtl: Duration.seconds(stage.authorizerCacheSeconds),
    });
    if (!cached) withoutIdentitySource(authorizer);

    for (const route of ROUTES) {
      const { method, path, entry, reads, actions = {}, actionsWithLimit, puts } = route;
      const description = `${method} ${path}`;
      const id = nameInAws(route);
      const handler = new SessionFunction(this, id, { stage, variables }, { entry, description, reads });
      tables.allow(handler, (stage.sessionLimit && actionsWithLimit?.[stage.sessionLimit.whenReached]) ?? actions);
      const poolActions = (stage.signOutAtPool && route.poolActionsToSignOut) || route.poolActions;
      if (poolActions) {
        const named = poolActions.map((action) => `cognito-idp:${action}`);
        allow(handler, named, users.userPoolArn);
      }
      if (puts) allowToPut(handler, bus, nameOf(stage, 'sessions'), puts);
      this.api.root
        .resourceForPath(path)
        .addMethod(method, new apigateway.LambdaIntegration(handler, { allowTestInvoke: false }), { authorizer });
    }
  }
}

/** What is known of every request without looking into it: no header, no token. */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      requestId: apigateway.AccessLogField.contextRequestId(),
      time: apigateway.AccessLogField.contextRequestTime(),
      ip: apigateway.AccessLogField.contextIdentitySourceIp(),
      userAgent: apigateway.AccessLogField.contextIdentityUserAgent(),
      method: apigateway.AccessLogField.contextHttpMethod(),
      route: apigateway.AccessLogField.contextResourcePath(),
      status: apigateway.AccessLogField.contextStatus(),
      userId: apigateway.AccessLogField.contextAuthorizerPrincipalId(),
      refusal: apigateway.AccessLogField.contextAuthorizer('code'),
      error: apigateway.AccessLogField.contextErrorResponseType(),
      durationMs: apigateway.AccessLogField.contextResponseLatency(),
    }),
  );
}
