import { type CognitoCall, DEFAULT_END_ON } from './cognito-calls';
import { didYouMean } from './spelling';
import { ConfigurationError, checkStage } from './stage-checks';

/** What libraries add to the requests of a page: W3C and OpenTelemetry, Sentry, AWS X-Ray, Zipkin, Datadog, New Relic, Azure. */
const TRACING_HEADERS = [
  'traceparent',
  'tracestate',
  'baggage',
  'sentry-trace',
  'x-request-id',
  'x-correlation-id',
  'x-amzn-trace-id',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-origin',
  'x-datadog-sampling-priority',
  'newrelic',
  'request-id',
  'request-context',
];

/** What a stage may set. Everything has a default, so that `dev` is an empty object. */
export interface StageConfiguration {
  /**
   * The first part of every name.
   * @default 'aerotage'
   */
  readonly app?: string;

  /**
   * A sessions table that exists already. The stack then makes none, and changes nothing about it: its time to
   * live and, for events, its stream are set by the team, as the stack's outputs say.
   * @default - the stack makes the table
   */
  readonly sessionsTable?: ExistingTable;

  /**
   * A user pool that exists already, with the app clients whose tokens count.
   * @default - the stack makes a user pool with one client and the admin group
   */
  readonly userPool?: { readonly id: string; readonly clientIds: readonly string[] };

  /**
   * Other OpenID providers whose tokens count too. Their users' ids are `{name}|{sub}`.
   * @default []
   */
  readonly openIdProviders?: readonly OpenIdProvider[];

  /**
   * Origins whose pages may read the answers.
   * @default ['*']
   */
  readonly allowedOrigins?: readonly string[];

  /**
   * Headers that a page may send besides `Authorization` and `Content-Type`. What traces requests adds headers to each
   * `fetch`; a browser sends no request whose headers the API does not allow.
   * @default - those of the usual tracing libraries
   */
  readonly allowedHeaders?: readonly string[];

  /**
   * Minutes without activity after which a new session is over.
   * @default 480
   */
  readonly idleMinutes?: number;

  /**
   * Hours from the sign-in after which a new session is over, whatever its activity.
   * @default 168
   */
  readonly lifetimeHours?: number;

  /**
   * Days from its creation after which any session is over, an older backend's too.
   * @default 30
   */
  readonly maxAgeDays?: number;

  /**
   * Days for which the refresh tokens of a sign-in can live: the setting of the user pool's client. So long it
   * is remembered that a sign-in has had its session.
   * @default 30
   */
  readonly signInDays?: number;

  /**
   * Minutes since the sign-in within which a user may end their own other sessions; after that they must sign in
   * again first.
   * @default - a recent sign-in is not asked for
   */
  readonly recentSignInMinutes?: number;

  /**
   * Whether user pool tokens without `origin_jti` are accepted. Their sign-in is known by app client, user and second.
   * @default true
   */
  readonly acceptUnnamedSignIns?: boolean;

  /**
   * The most live sessions of one user, and what a registration beyond that does.
   * @default - unlimited
   */
  readonly sessionLimit?: SessionLimitConfiguration;

  /**
   * The user pool group whose members are admins.
   * @default 'admin'
   */
  readonly adminGroup?: string;

  /**
   * A claim of the user pool's tokens whose value `admin` makes an admin too, such as `custom:role`. Only if users cannot
   * write it themselves.
   * @default - none
   */
  readonly adminClaim?: string;

  /**
   * The calls of Cognito's API after which a user's sessions end.
   * @default - all that disable, delete or sign out a user or reset a password, without ChangePassword
   */
  readonly endOn?: readonly CognitoCall[];

  /**
   * Seconds for which the gateway keeps the authorizer's answers: for as long, an ended session may still be let in.
   * @default 0
   */
  readonly authorizerCacheSeconds?: number;

  /**
   * Hours between two cleanups.
   * @default 6
   */
  readonly cleanupEveryHours?: number;

  /**
   * The most write units per second that a cleanup takes of the sessions table.
   * @default - as many as the table gives
   */
  readonly cleanupWriteUnitsPerSecond?: number;

  /**
   * An e-mail address that is told of alarms. It has to confirm the subscription once.
   * @default - none: the alarms' topic has no subscriber
   */
  readonly alarmEmail?: string;

  /**
   * Days for which logs are kept: a number that CloudWatch Logs knows.
   * @default 30
   */
  readonly logDays?: number;

  /**
   * Whether the tables and the user pool, with its client and admin group, stay when the stack is deleted. A first
   * deployment that fails removes them all the same, so that it can be repeated.
   * @default - true, but false in the stage `dev`
   */
  readonly retainData?: boolean;

  /**
   * Whether the tables and the user pool refuse to be deleted. Set it after the first deployment has succeeded: a
   * deployment that fails could not remove what it had made.
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Requests per second of the whole API, and how many above that for a moment.
   * @default { rate: 500, burst: 1000 }
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };

  /**
   * Whether the stack sets the account's role by which API Gateway writes its logs. An account has one such
   * role per region: set this to false where it is set already.
   * @default true
   */
  readonly setApiLogRole?: boolean;

  /**
   * The page where people see and end their sessions, behind CloudFront. An empty object is enough where the stack
   * makes the user pool.
   * @default - not deployed
   */
  readonly console?: ConsoleConfiguration;
}

export interface ExistingTable {
  readonly name: string;
  /** Of its change stream with new and old images; without one there are no events of ended sessions. */
  readonly streamArn?: string;
  /** Of the customer-managed key that the table is encrypted with. @default - a key of AWS's */
  readonly kmsKeyArn?: string;
}

export interface OpenIdProvider {
  /** The first part of its users' ids. Once there are sessions, it must not change. */
  readonly name: string;
  /** The `iss` claim of its tokens, character by character. */
  readonly issuer: string;
  /** The `aud` claim that its tokens must have. */
  readonly audience: string;
  /** The claim that names the sign-in and stays through a refresh. @default 'sid' */
  readonly signInClaim?: string;
  /** The claim with the groups in which the admin group is looked for. @default - nobody of this provider is an admin */
  readonly groupsClaim?: string;
  /** Where its keys are. @default {issuer}/.well-known/jwks.json */
  readonly jwksUri?: string;
}

export interface SessionLimitConfiguration {
  readonly most: number;
  /** `deny` refuses the registration with 409; `end-oldest` ends the sessions that were opened first. */
  readonly whenReached: 'deny' | 'end-oldest';
}

export interface ConsoleConfiguration {
  /**
   * A name of the team's own, with its certificate in us-east-1.
   * @default - a name of CloudFront's
   */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** Where people of a user pool that exists sign in, and the one of its clients that knows the console as callback. */
  readonly signIn?: { readonly domain: string; readonly clientId: string };
  /**
   * The first part of the sign-in page's name, where the stack makes the user pool.
   * @default - {app}-sessions-{stage}- and eight characters of the stack's own
   */
  readonly signInPrefix?: string;
}

type WithoutDefault =
  | 'sessionsTable'
  | 'userPool'
  | 'recentSignInMinutes'
  | 'adminClaim'
  | 'sessionLimit'
  | 'cleanupWriteUnitsPerSecond'
  | 'alarmEmail'
  | 'console';

/** A stage with everything settled. */
export type Stage = Required<Omit<StageConfiguration, WithoutDefault>> &
  Pick<StageConfiguration, WithoutDefault> & { readonly name: string };

/**
 * Settles a stage's configuration.
 * @throws a configuration error that shows the value received and says what is expected
 */
export function settleStage(name: string, configuration: StageConfiguration = {}): Stage {
  const defaults = {
    app: 'aerotage',
    sessionsTable: undefined,
    userPool: undefined,
    openIdProviders: [],
    allowedOrigins: ['*'],
    allowedHeaders: TRACING_HEADERS,
    idleMinutes: 480,
    lifetimeHours: 168,
    maxAgeDays: 30,
    signInDays: 30,
    recentSignInMinutes: undefined,
    acceptUnnamedSignIns: true,
    sessionLimit: undefined,
    adminGroup: 'admin',
    adminClaim: undefined,
    endOn: DEFAULT_END_ON,
    authorizerCacheSeconds: 0,
    cleanupEveryHours: 6,
    cleanupWriteUnitsPerSecond: undefined,
    alarmEmail: undefined,
    logDays: 30,
    retainData: name !== 'dev',
    deletionProtection: false,
    throttle: { rate: 500, burst: 1000 },
    setApiLogRole: true,
    console: undefined,
  };
  if (typeof configuration !== 'object' || configuration === null || Array.isArray(configuration)) {
    throw new ConfigurationError(
      `Stage "${name}": its configuration is ${JSON.stringify(configuration)}; expected: an object, {} for all defaults.`,
    );
  }
  const stage: Stage = { ...defaults, ...configuration, name };
  checkStage(stage, Object.keys(defaults));
  return stage;
}

/**
 * Settles the stage that is to be deployed.
 * @param stages what `cdk.json` has under `context.stages`
 * @throws a configuration error that says which stages there are, or what is wrong with this one
 */
export function chooseStage(stages: unknown, name: string): Stage {
  if (typeof stages !== 'object' || stages === null || Array.isArray(stages)) {
    throw new ConfigurationError(
      `stages in cdk.json is ${JSON.stringify(stages)}; expected: an object with each stage by its name.`,
    );
  }
  if (!Object.hasOwn(stages, name)) {
    const names = Object.keys(stages);
    throw new ConfigurationError(
      `There is no stage "${name}" in cdk.json${didYouMean(name, names)}; there are: ${names.join(', ')}.`,
    );
  }
  return settleStage(name, (stages as Record<string, StageConfiguration>)[name]);
}
