import { Duration, Fn, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
  WebSocketLambdaAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { AuthorizationType } from 'aws-cdk-lib/aws-appsync';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { allow, allowToDecrypt } from './allow';
import { addGatewayResponses } from './gateway-responses';
import { nameOf } from './names';
import { USER_INDEX } from './tables';
import { DECISION, environmentOf, type VariableName, type Variables } from './variables';

/** What the other stack knows itself, and limits, which count at a registration only. */
const UNTOLD: ReadonlySet<VariableName> = new Set(['AWS_ENDPOINT_URL_DYNAMODB', 'userIndex', 'limits']);
/**
 * What a stack tells the guards of other stacks, in this order, in a parameter: an export has at most 1,024 characters,
 * and cannot change while another stack imports it. A parameter has 4 KB, as a function's environment has.
 */
const TOLD = DECISION.filter((name) => !UNTOLD.has(name));
/** No value has a line break: the only text that might, the providers, is JSON. */
const SEPARATOR = '\n';

/** Not cached: an ended session is refused from the next request on. */
const NOT_CACHED = { resultsCacheTtl: Duration.seconds(0) };

/** The sessions of a backend, for other APIs and functions of the account. */
export abstract class Sessions extends Construct {
  /** The Lambda authorizer of REST, HTTP, WebSocket and AppSync APIs. */
  abstract readonly authorizer: IFunction;
  /** Each ended session is announced here. */
  abstract readonly bus: IEventBus;
  protected abstract readonly variables: Variables;

  /** Lets a function or container read the sessions and record their use. */
  protected abstract allowDecision(grantee: IGrantable): void;

  /**
   * An authorizer for the methods of a REST API. Its refusals need `addGatewayResponses` to say why.
   * @param scope of the API's stack
   */
  restAuthorizer(scope: Construct = this, id = 'RestAuthorizer'): apigateway.RequestAuthorizer {
    const authorizer = new apigateway.RequestAuthorizer(scope, id, {
      ...NOT_CACHED,
      handler: this.authorizer,
      identitySources: [],
      // A role of the API's stack invokes it, so that this backend need not know who uses its authorizer.
      assumeRole: new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') }),
    });
    withoutIdentitySource(authorizer);
    return authorizer;
  }

  /** Lets a REST API answer as the backend's own does: refusals have a reason, and a browser can read them. */
  addGatewayResponses(api: apigateway.RestApi, allowedOrigin = '*'): void {
    addGatewayResponses(api, allowedOrigin);
  }

  /** An authorizer for the routes of an HTTP API: payload 2.0, simple responses. */
  httpAuthorizer(): HttpLambdaAuthorizer {
    return new HttpLambdaAuthorizer('SessionAuthorizer', this.authorizer, {
      ...NOT_CACHED,
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // A request without a token is answered 401 by the gateway, and costs no authorizer.
      identitySource: ['$request.header.Authorization'],
    });
  }

  /**
   * An authorizer for the route `$connect` of a WebSocket API.
   * @param identitySource where the token is; by default in the query string, because a browser can set no header
   */
  webSocketAuthorizer(identitySource = 'route.request.querystring.token'): WebSocketLambdaAuthorizer {
    return new WebSocketLambdaAuthorizer('SessionAuthorizer', this.authorizer, { identitySource: [identitySource] });
  }

  /** An authorization mode for an AppSync API. */
  appSyncAuthorizer() {
    return {
      authorizationType: AuthorizationType.LAMBDA,
      lambdaAuthorizerConfig: { ...NOT_CACHED, handler: this.authorizer },
    };
  }

  /**
   * Gives your own code what `createSessionGuard` needs: the permissions, and in a Lambda function the environment.
   * @returns the environment, for a container
   */
  grantGuard(grantee: IGrantable): Record<string, string> {
    this.allowDecision(grantee);
    const environment = environmentOf(Stack.of(this), DECISION, this.variables);
    if (grantee instanceof LambdaFunction) {
      for (const [name, value] of Object.entries(environment)) grantee.addEnvironment(name, value);
    }
    return environment;
  }
}

/** CDK writes an empty text for "no identity source"; the service wants the property left out. */
export function withoutIdentitySource(authorizer: apigateway.RequestAuthorizer): void {
  (authorizer.node.defaultChild as apigateway.CfnAuthorizer).addPropertyDeletionOverride('IdentitySource');
}

/** Tells the guards of other stacks what they decide by: see `ExportedSessions`. */
export const tellGuards = (scope: Construct, id: string, prefix: string, variables: Variables): StringParameter =>
  new StringParameter(scope, id, {
    parameterName: guardParameter(prefix),
    stringValue: TOLD.map((name) => String(variables[name] ?? '')).join(SEPARATOR),
    description: 'For guards of other stacks: see docs/other-apis.md.',
  });

/** Names of parameters that begin with aws or ssm are refused, and an app's may. */
const guardParameter = (prefix: string) => `/session-backend/${prefix}/guard`;

export interface ExportedSessionsProps {
  readonly app: string;
  readonly stage: string;
  /** The customer-managed key of the sessions table, if it has one. @default - a key of AWS's */
  readonly tableKey?: IKey;
}

/** A backend of another stack in the same account and region, by what that stack exports. */
export class ExportedSessions extends Sessions {
  readonly authorizer: IFunction;
  readonly bus: IEventBus;
  private readonly prefix: string;
  private readonly tableKey?: IKey;

  constructor(scope: Construct, id: string, { app, stage, tableKey }: ExportedSessionsProps) {
    super(scope, id);
    const name = nameOf({ app, name: stage }, 'sessions');
    this.prefix = name;
    this.tableKey = tableKey;
    this.authorizer = LambdaFunction.fromFunctionAttributes(this, 'Authorizer', {
      functionArn: Fn.importValue(`${name}-authorizer-arn`),
      // So that this stack may add the permission by which its own API invokes the function.
      sameEnvironment: true,
    });
    this.bus = EventBus.fromEventBusName(this, 'Bus', name);
  }

  protected allowDecision(grantee: IGrantable): void {
    const stack = Stack.of(this);
    const arnOf = (table: unknown) =>
      stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: String(table) });
    allow(grantee, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], arnOf(this.variables.sessionsTable));
    allow(grantee, ['dynamodb:GetItem'], arnOf(this.variables.signInsTable));
    if (this.tableKey) allowToDecrypt(grantee, this.tableKey.keyArn, stack);
  }

  /** Read when a guard needs it: a stack without one reads no parameter. */
  protected get variables(): Variables {
    const text = StringParameter.valueForStringParameter(this, guardParameter(this.prefix));
    const values = Fn.split(SEPARATOR, text, TOLD.length);
    const told = TOLD.map((variable, index) => [variable, values[index]]);
    return { ...Object.fromEntries(told), userIndex: USER_INDEX };
  }
}
