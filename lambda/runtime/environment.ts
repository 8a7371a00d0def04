/**
 * The names of the environment variables that the stack sets and the functions read. Shared by both sides, so
 * neither can misspell one.
 */
export const ENV = {
  sessionsTable: 'SESSIONS_TABLE',
  userIndex: 'USER_INDEX',
  signInsTable: 'SIGN_INS_TABLE',
  signInDays: 'SIGN_IN_DAYS',
  /** How long a kind of device is remembered; unset if the stage does not tell new devices. */
  deviceMemoryDays: 'DEVICE_MEMORY_DAYS',
  idleMinutes: 'IDLE_MINUTES',
  lifetimeHours: 'LIFETIME_HOURS',
  /** The limits of groups, as JSON; unset if there are none. */
  limits: 'LIMITS',
  /** Absent where the stage does not ask for a recent sign-in. */
  recentSignInMinutes: 'RECENT_SIGN_IN_MINUTES',
  maxAgeDays: 'MAX_AGE_DAYS',
  /** The most live sessions of one user, and what happens beyond; both unset where there is no limit. */
  sessionLimit: 'SESSION_LIMIT',
  sessionLimitAction: 'SESSION_LIMIT_ACTION',
  cleanupWriteUnits: 'CLEANUP_WRITE_UNITS',
  /** Hours that a run of the cleanup may take. */
  cleanupHours: 'CLEANUP_HOURS',
  cleanupRunsTable: 'CLEANUP_RUNS_TABLE',
  tokenIssuer: 'TOKEN_ISSUER',
  tokenClientIds: 'TOKEN_CLIENT_IDS',
  adminGroup: 'ADMIN_GROUP',
  /** A claim of the user pool whose value `admin` makes an admin too; unset if there is none. */
  adminClaim: 'ADMIN_CLAIM',
  /** `true` if user pool tokens without `origin_jti` are accepted. */
  acceptUnnamedSignIns: 'ACCEPT_UNNAMED_SIGN_INS',
  /** The stage's other OpenID providers, as JSON. */
  openIdProviders: 'OPENID_PROVIDERS',
  /** The identity providers that may end sessions, as JSON. */
  receivers: 'RECEIVERS',
  /** `METHOD/path` of the routes that need no live session, such as `POST/users/{id}/sessions`. */
  routesWithoutSession: 'ROUTES_WITHOUT_SESSION',
  /** `METHOD/path` of the routes that other servers call with a user's token: they record no address. */
  routesForServers: 'ROUTES_FOR_SERVERS',
  /** The id of our own REST API. */
  apiId: 'API_ID',
  /** `true` if the gateway caches the authorizer's answers. */
  answersCached: 'ANSWERS_CACHED',
  userPoolId: 'USER_POOL_ID',
  /** The user pool at which users are signed out when all their sessions end; unset if the stage does not ask for it. */
  signOutPoolId: 'SIGN_OUT_POOL_ID',
  /** The calls of Cognito's API that end a user's sessions. */
  endOn: 'END_ON',
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** `country` if sessions are to say where they are; unset if not. */
  location: 'LOCATION',
  /** The header and the digests of a trusted origin, as JSON; unset if there is none. */
  trustedOrigin: 'TRUSTED_ORIGIN',
  eventBus: 'EVENT_BUS',
  /** Who says that a session ended: the events' `iss` and `source`. */
  eventIssuer: 'EVENT_ISSUER',
} as const;

/**
 * How long a request may take, in seconds: then it is answered `TRY_AGAIN`. The function's own time-out leaves two more,
 * for what comes before the request's first call and after its last one.
 */
export const REQUEST_SECONDS = 8;
export const FUNCTION_SECONDS = REQUEST_SECONDS + 2;

/** The time-out of the function that ends a user's sessions on an event from outside, in seconds. */
export const EVENT_SECONDS = 60;

/** Where all metrics of the functions go; each has the dimension `service`, its function's name. */
export const METRICS_NAMESPACE = 'SessionBackend';

export type EnvironmentName = keyof typeof ENV;

/** @throws an error that names the variable when it is missing or empty */
export function required(name: EnvironmentName): string {
  const value = process.env[ENV[name]];
  if (!value) throw new Error(`The environment variable ${ENV[name]} is missing: the stack sets it on the function.`);
  return value;
}

/** @throws an error that names the variable when it is not a positive number */
export function requiredNumber(name: EnvironmentName): number {
  const value = Number(required(name));
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(
    `The environment variable ${ENV[name]} is "${process.env[ENV[name]]}"; a positive number is expected.`,
  );
}

/** @returns undefined where the stack set none */
export const optionalNumber = (name: EnvironmentName): number | undefined =>
  process.env[ENV[name]] ? requiredNumber(name) : undefined;

/** @returns undefined if the stack set none */
export const optional = (name: EnvironmentName): string | undefined => process.env[ENV[name]] || undefined;

/** Values that the stack joined with commas. */
export const requiredList = (name: EnvironmentName): string[] => required(name).split(',');
