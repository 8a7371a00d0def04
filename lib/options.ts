import { existsSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { COGNITO_CALLS, type CognitoCall } from '../lambda/revocation/cognito-calls';
import { LONGEST_NAME_LIMIT, longestName } from './names';
import * as is from './option';

/** An option without a default may be absent. */
export interface Optional<T> {
  readonly kind: is.Kind<T>;
  readonly standard?: undefined;
}
export interface Option<T> {
  readonly kind: is.Kind<T>;
  /** The default, by the stage's name. */
  readonly standard: (stage: string) => T;
}

const optional = <T>(kind: is.Kind<T>): Optional<T> => ({ kind });
const option = <T>(kind: is.Kind<T>, standard: T): Option<T> => ({ kind, standard: () => standard });

export const NAME = /^[a-z][a-z0-9-]{0,19}$/;
/** Only the machine of the local run may do without TLS. */
const HTTPS = /^(https:\/\/[^\s/?#]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(?![^/]))[^\s?#]*$/;
const LOG_DAYS = Object.values(RetentionDays).filter((days): days is number => Number(days) < 9_999);
const MOST_CACHE_SECONDS = 3_600;
const CACHE_SECONDS = 'a whole number from 0 to 3600, and at most a twentieth of the idle timeout';
const PROVIDER_NAME = 'lower-case letters, digits and hyphens, at most 20, each once';
const PROVIDER_ISSUER = 'an https address as the tokens’ iss claim has it, each once';
const RECEIVERS =
  'an array of objects with standard (backchannel-logout or global-token-revocation), issuer, audience and either provider or poolProvider, and optionally jwksUri';
const RECEIVER_PROVIDER =
  'the name of one of openIdProviders, or in its place poolProvider, the name of one of the pool';
const RECEIVER_ISSUER = 'the iss claim of what the provider sends, each once with a standard';
const SIGN_IN =
  'with userPool (and only then) an object with domain (an https address with no path) and clientId (one of userPool.clientIds)';
const SIGN_IN_PREFIX =
  'without userPool, at most 63 lower-case letters, digits and hyphens, without the words aws, amazon and cognito';
/** Changing one's own password would also end the session that does it, and a user may be removed from any group. */
const NOT_BY_DEFAULT: readonly CognitoCall[] = ['ChangePassword', 'AdminRemoveUserFromGroup'];

/** What libraries add to the requests of a page. */
const TRACING_HEADERS = [
  // W3C and OpenTelemetry
  ['traceparent', 'tracestate', 'baggage'],
  // Sentry
  ['sentry-trace'],
  // No vendor's own, and AWS X-Ray
  ['x-request-id', 'x-correlation-id', 'x-amzn-trace-id'],
  // Zipkin
  ['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  // Datadog
  ['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-origin', 'x-datadog-sampling-priority'],
  // New Relic
  ['newrelic'],
  // Azure
  ['request-id', 'request-context'],
].flat();

const TABLE = is.object(
  { name: is.text(/^[\w.-]{3,255}$/, 'the name of a DynamoDB table') },
  {
    streamArn: is.text(
      /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]+\/stream\/.+$/,
      'the ARN of the table’s stream, arn:aws:dynamodb:…:table/…/stream/…',
    ),
    kmsKeyArn: is.text(
      /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
      'the ARN of the table’s KMS key, arn:aws:kms:…:key/…, not of an alias',
    ),
  },
  'an object with name, and optionally streamArn and kmsKeyArn',
);

const POOL = is.object(
  {
    id: is.text(/^[a-z]+(-[a-z]+)+-\d+_[0-9a-zA-Z]+$/, 'the id of a user pool, like eu-west-1_AbCdEfGhI'),
    clientIds: is.list(is.text(/^\w+$/), 'at least one app client id', 1),
  },
  {},
  'an object with id and clientIds',
);

const PROVIDER = is.object(
  {
    name: is.text(NAME, PROVIDER_NAME),
    issuer: is.text(HTTPS, PROVIDER_ISSUER),
    audience: is.text(/./, 'the aud claim of the accepted tokens'),
  },
  {
    signInClaim: is.text(/./, 'the name of a claim'),
    groupsClaim: is.text(/./, 'the name of a claim'),
    jwksUri: is.text(HTTPS, 'the https address of the provider’s keys'),
  },
);

const TRUSTED_ORIGIN = is.object(
  {
    header: is.text(/^[\w-]+$/, 'the name of a header'),
    sha256: is.list(
      is.text(/^[0-9a-f]{64}$/),
      'at least one SHA-256, in hexadecimal, of a secret; never the secret itself',
      1,
    ),
  },
  {},
  'an object with header and sha256',
);

const RECEIVER = is.object(
  {
    standard: is.oneOf(['backchannel-logout', 'global-token-revocation']),
    issuer: is.text(HTTPS),
    audience: is.text(/./),
  },
  { provider: is.text(NAME), poolProvider: is.text(/./), jwksUri: is.text(HTTPS) },
);

const LIMIT = is.object(
  { most: is.whole(1, 1_000), whenReached: is.oneOf(['deny', 'end-oldest'], '"deny" or "end-oldest"') },
  {},
  'an object with most and whenReached',
);

const GROUP = is.text(/^[^\s,]+$/, 'the name of a group');
const GROUP_LIMITS = 'an object with idleMinutes, lifetimeHours or both, positive numbers';

const CONSOLE = is.object(
  {},
  {
    /** A name of your own, with its certificate. @default - a name of CloudFront's */
    domain: is.record(
      {
        name: is.text(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
        certificateArn: is.text(/^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/[\w-]+$/),
      },
      'an object with name (like sessions.example.com) and certificateArn (of a certificate in us-east-1)',
    ),
    /** Where people of an existing user pool sign in, and the client of the pool that has the console as its callback. */
    signIn: is.record({ domain: is.text(/^https:\/\/[\w.-]+$/), clientId: is.text(/./) }, SIGN_IN),
    /**
     * First part of the sign-in page's name, if the stack makes the user pool.
     * @default - {app}-sessions-{stage}- and eight characters of the stack's own
     */
    signInPrefix: is.text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, SIGN_IN_PREFIX),
  },
  'an object, optionally with domain, signIn and signInPrefix',
);

/**
 * Every option of a stage, once: its type, default, check and documentation. The comments are the rows of the table in
 * docs/configuration.md, which `npm run options` writes.
 */
export const OPTIONS = {
  /**
   * First part of every name: `{app}-user-sessions-{stage}`.
   * @default "aerotage"
   */
  app: option(is.text(NAME, 'lower-case letters, digits and hyphens, at most 20'), 'aerotage'),

  /**
   * `{name, streamArn?, kmsKeyArn?}` of an existing sessions table. None: the stack makes one.
   * @default none
   * @see an-existing-table
   */
  sessionsTable: optional(TABLE),

  /**
   * `{id, clientIds}` of an existing user pool. None: the stack makes one.
   * @default none
   * @see an-existing-user-pool
   */
  userPool: optional(POOL),

  /**
   * Other issuers whose tokens are accepted.
   * @default []
   * @see other-openid-providers
   */
  openIdProviders: option(
    is.listOfEach(
      PROVIDER,
      'an array of objects with name, issuer and audience, and optionally signInClaim, groupsClaim and jwksUri',
      // What is wrong with a field is said of that field.
      (providers) => providers.every((one) => PROVIDER.check(one, '')?.option !== ''),
    ),
    [],
  ),

  /**
   * [Identity providers](providers.md) that may end their people's sessions here.
   * @default []
   */
  receivers: option(is.list(RECEIVER, RECEIVERS), []),

  /**
   * Origins whose pages may read the answers, such as `https://app.example.com` or `capacitor://localhost`. `*` is
   * safe: requests carry a token, never a cookie.
   * @default ["*"]
   */
  allowedOrigins: option(
    is.listOfEach(
      // Pages of an app have a scheme of their own, such as capacitor://localhost.
      is.text(/^(\*|[a-z][a-z0-9+.-]*:\/\/[\w.-]+(:\d+)?)$/, 'an origin like https://app.example.com, with no path'),
      'at least one origin, or ["*"] alone',
      (origins) => origins.length > 0 && !(origins.includes('*') && origins.length > 1),
    ),
    ['*'],
  ),

  /**
   * Headers that a page may send besides `Authorization` and `Content-Type`. The defaults are those of tracing
   * libraries.
   * @default - those of the usual tracing libraries
   */
  allowedHeaders: option(
    is.list(
      is.text(/^[\w.-]+$/),
      'an array of header names without *, which browsers do not accept in place of Authorization',
    ),
    TRACING_HEADERS,
  ),

  /**
   * Minutes without activity after which a new session is over, exact to 5 %.
   * @default 480
   */
  idleMinutes: option(is.positive(), 480),

  /**
   * Hours after the sign-in when a new session is over, whatever its activity.
   * @default 168
   */
  lifetimeHours: option(is.positive(), 168),

  /**
   * Days after its creation when any session is over, also the older backend's. A longer value takes effect for a
   * session at its next recorded activity.
   * @default 30
   */
  maxAgeDays: option(is.positive(), 30),

  /**
   * Days for which refresh tokens can live. Must match **the user pool client's refresh-token validity**. If it is
   * shorter, an ended sign-in can register again.
   * @default 30
   */
  signInDays: option(is.positive(), 30),

  /**
   * How many minutes old a sign-in may be to end the user's other sessions. Older ones get 401 `SIGN_IN_TOO_OLD`.
   * Admins are exempt. If a provider sends no `auth_time`, the token's `iat` counts, so a refreshed token always
   * passes.
   * @default none
   */
  recentSignInMinutes: optional(is.positive('a positive number of minutes')),

  /**
   * Whether user pool tokens without `origin_jti` are accepted, [by user, app client and
   * second](architecture.md#which-sign-in-a-token-belongs-to). Set it to `false` once all clients' tokens carry
   * `origin_jti`.
   * @default true
   */
  acceptUnnamedSignIns: option(is.flag, true),

  /**
   * `{most, whenReached}`, the most sessions per user.
   * @default none
   * @see sessions-per-user
   */
  sessionLimit: optional(LIMIT),

  /**
   * Limits of groups, `{"admin": {"idleMinutes": 15, "lifetimeHours": 12}}`: of a user's groups the strictest applies,
   * at registration. Admins by a claim are in the admin group.
   * @default {}
   */
  limits: option(
    is.map(
      // Those of other providers may have any name, such as "Domain Admins".
      is.text(/\S/, 'the name of a group'),
      is.object({}, { idleMinutes: is.positive(), lifetimeHours: is.positive() }, GROUP_LIMITS),
      'an object with the limits of each group by its name',
    ),
    {},
  ),

  /**
   * Whether ending all sessions of a user, by themselves or by an admin, also [signs them out in
   * Cognito](#how-fast-an-end-takes-effect), so that no refresh token works anywhere.
   * @default false
   */
  signOutAtPool: option(is.flag, false),

  /**
   * Whether [`Session Created` events](other-apis.md#sessions-as-events) say if the device is new to its user.
   * @default false
   */
  newDeviceEvents: option(is.flag, false),

  /**
   * Days for which `newDeviceEvents` remembers a kind of device after it was last seen.
   * @default 180
   */
  deviceMemoryDays: option(is.positive(), 180),

  /**
   * Group whose members may see and end everybody's sessions.
   * @default "admin"
   */
  adminGroup: option(GROUP, 'admin'),

  /**
   * Claim of the user pool's tokens whose value `admin` also makes an admin.
   * @default none
   * @see an-existing-user-pool
   */
  adminClaim: optional(is.text(/^[\w:./-]+$/, 'the name of a claim')),

  /**
   * Calls of Cognito's API after which a user's sessions end. `ChangePassword` and `AdminRemoveUserFromGroup` [can be
   * added](other-apis.md#what-ends-a-users-sessions-from-outside).
   * @default - all that disable, delete or sign out a user or reset a password, without ChangePassword
   */
  endOn: option(
    is.list(is.oneOf(COGNITO_CALLS), `at least one of ${COGNITO_CALLS.join(', ')}`, 1),
    COGNITO_CALLS.filter((call) => !NOT_BY_DEFAULT.includes(call)),
  ),

  /**
   * Seconds for which the gateway caches the authorizer's answers.
   * @default 0
   * @see how-fast-an-end-takes-effect
   */
  authorizerCacheSeconds: option(is.whole(0, MOST_CACHE_SECONDS, CACHE_SECONDS), 0),

  /**
   * Where sessions say they are: `"country"` by a table in the functions, `"off"`, or the path of a newer table
   * (`.mmdb`).
   * @default "country"
   * @see where-a-session-is
   */
  location: option(
    is.kind<string>(
      '"country", "off", or the path of an IP-to-country database, a file that ends with .mmdb',
      (value) =>
        typeof value === 'string' && (/^(country|off)$/.test(value) || (value.endsWith('.mmdb') && existsSync(value))),
    ),
    'country',
  ),

  /**
   * `{header, sha256}` of the secret by which CloudFront in front of the API proves itself.
   * @default none
   * @see where-a-session-is
   */
  trustedOrigin: optional(TRUSTED_ORIGIN),

  /**
   * Hours between two cleanups. An alarm fires when one is an hour late.
   * @default 6
   */
  cleanupEveryHours: option(is.whole(1, 24), 6),

  /**
   * Maximum write units per second of a cleanup. None: as many as the table allows.
   * @default none
   */
  cleanupWriteUnitsPerSecond: optional(is.number(10, 'a number of at least 10')),

  /**
   * Address that receives alarms. AWS first sends it a link to confirm.
   * @default none
   */
  alarmEmail: optional(is.text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address')),

  /**
   * Days for which logs are kept: a value that CloudWatch Logs accepts.
   * @default 30
   */
  logDays: option(is.oneOf(LOG_DAYS, `one of ${LOG_DAYS.join(', ')}`), 30),

  /**
   * Whether tables and user pool stay when the stack is deleted. In the stage `dev` the default is `false`. A failed
   * first deployment always removes them.
   * @default true
   */
  retainData: { kind: is.flag, standard: (stage: string) => stage !== 'dev' },

  /**
   * Whether tables and user pool refuse to be deleted. Set it [after the first
   * deployment](runbook.md#not-an-alarm-after-the-first-deployment).
   * @default false
   */
  deletionProtection: option(is.flag, false),

  /**
   * Requests per second of the whole API, and how many more in a burst.
   * @default {"rate":500,"burst":1000}
   */
  throttle: option(
    is.record({ rate: is.positive(), burst: is.positive() }, 'an object with rate and burst, both positive numbers'),
    { rate: 500, burst: 1000 },
  ),

  /**
   * Whether the stack sets the role with which API Gateway writes logs. There is one per account and region: use
   * `false` if it is already set.
   * @default true
   */
  setApiLogRole: option(is.flag, true),

  /**
   * Deploys [the page](console.md#deployed) where people see and end their sessions. `{}` is enough if the stack makes
   * the user pool.
   * @default none
   */
  console: optional(CONSOLE),
};

type Options = typeof OPTIONS;
type ValueOf<K extends keyof Options> = is.TypeOf<Options[K]['kind']>;

/** What a stage may set. Everything has a default or may be absent, so that `dev` is an empty object. */
export type StageConfiguration = { readonly [K in keyof Options]?: ValueOf<K> | undefined };

/** A stage with all defaults filled in. */
export type Stage = { readonly name: string } & {
  readonly [K in keyof Options]: Options[K] extends Option<any> ? ValueOf<K> : ValueOf<K> | undefined;
};

type Relation = readonly [option: string, value: unknown, holds: boolean, expected: string];

/** What must be true of several options together. */
export function relations(stage: Stage): readonly Relation[] {
  const { app, name, userPool, openIdProviders, receivers, console: page, authorizerCacheSeconds } = stage;
  const shortestIdle = Math.min(...[stage, ...Object.values(stage.limits)].map((one) => one.idleMinutes ?? 1e9));
  const longest = longestName(stage);
  const isOnce = (field: 'name' | 'issuer', value: string) =>
    openIdProviders.filter((one) => one[field] === value).length === 1;
  const prefix = page && !userPool ? (page.signInPrefix ?? `${app}-sessions-${name}`) : page?.signInPrefix;
  return [
    [
      'app',
      app,
      longest.length <= LONGEST_NAME_LIMIT,
      `a name that together with the stage’s is shorter, because AWS allows ${LONGEST_NAME_LIMIT} characters and the longest name made of them, ${longest}, has ${longest.length}`,
    ],
    ...openIdProviders.flatMap((one): Relation[] => [
      ['openIdProviders.name', one.name, isOnce('name', one.name), PROVIDER_NAME],
      ['openIdProviders.issuer', one.issuer, isOnce('issuer', one.issuer), PROVIDER_ISSUER],
    ]),
    ...receivers.flatMap(({ standard, issuer, provider, poolProvider }): Relation[] => {
      const same = receivers.filter((one) => one.standard === standard && one.issuer === issuer);
      const isOne = poolProvider ? !provider : openIdProviders.some(({ name }) => name === provider);
      return [
        ['receivers.provider', provider, isOne, RECEIVER_PROVIDER],
        ['receivers.issuer', issuer, same.length === 1, RECEIVER_ISSUER],
      ];
    }),
    [
      'authorizerCacheSeconds',
      authorizerCacheSeconds,
      // Only the authorizer records activity: a longer cache would let a session in use become idle.
      authorizerCacheSeconds <= shortestIdle * 3,
      CACHE_SECONDS,
    ],
    ...Object.entries(stage.limits).map(([group, limit]): Relation => {
      return [`limits.${group}`, limit, Object.keys(limit).length > 0, GROUP_LIMITS];
    }),
    [
      'console.signIn',
      page?.signIn,
      page?.signIn ? userPool?.clientIds.includes(page.signIn.clientId) === true : !(page && userPool),
      SIGN_IN,
    ],
    [
      'console.signInPrefix',
      prefix,
      prefix === undefined || (!userPool && !/aws|amazon|cognito/.test(prefix)),
      SIGN_IN_PREFIX,
    ],
  ];
}
