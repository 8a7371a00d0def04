import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { COGNITO_CALLS } from './cognito-calls';
import { didYouMean } from './spelling';
import type { Stage } from './stage';

type Check = readonly [
  option: string,
  /** The values to look at; none where the option is not set. */
  values: (stage: Stage) => readonly unknown[],
  holds: (value: any, stage: Stage) => boolean,
  expected: string | ((stage: Stage) => string),
];

/** What a person who configures a stage has to know: its message is all there is to show. */
export class ConfigurationError extends Error {}

const NAME = /^[a-z][a-z0-9-]{0,19}$/;
const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isText = (value: unknown) => typeof value === 'string' && value !== '';
/** A pattern alone would take a list of one text for that text, and `undefined` for a name. */
const matches = (value: unknown, pattern: RegExp) => typeof value === 'string' && pattern.test(value);
const isHttps = (value: unknown) => matches(value, /^https:\/\/[^\s/?#]+[^\s?#]*$/);
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const hasOnly = (value: unknown, keys: readonly string[]) =>
  isObject(value) && Object.keys(value as object).every((key) => keys.includes(key));
const given = (value: unknown) => (value === undefined ? [] : [value]);
const all = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const providers = ({ openIdProviders }: Stage): readonly any[] => all(openIdProviders).filter(isObject);
const LOG_DAYS = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days < 9_999);

/**
 * Of all names that the stack makes of the app's and the stage's, the one that comes closest to its limit: a rule of
 * EventBridge. A test compares it with the names in the template.
 */
export const longestName = ({ app, name }: Pick<Stage, 'app' | 'name'>): string =>
  `${app}-session-cleanup-requests-${name}`;
export const LONGEST_NAME_LIMIT = 64;

/** Everything that is checked, in order: of several wrong values the first is told. */
export const CHECKS: readonly Check[] = [
  [
    'name',
    ({ name }) => [name],
    (name) => matches(name, NAME),
    'a stage name of lower-case letters, digits and hyphens',
  ],
  ['app', ({ app }) => [app], (app) => matches(app, NAME), 'lower-case letters, digits and hyphens, at most 20'],
  [
    'app',
    ({ app }) => [app],
    (_, stage) => longestName(stage).length <= LONGEST_NAME_LIMIT,
    (stage) =>
      `a name that together with the stage’s is shorter, because AWS allows ${LONGEST_NAME_LIMIT} characters and the longest name made of them, ${longestName(stage)}, has ${longestName(stage).length}`,
  ],
  [
    'sessionsTable',
    ({ sessionsTable }) => given(sessionsTable),
    (table) => hasOnly(table, ['name', 'streamArn', 'kmsKeyArn']),
    'an object with name, and streamArn and kmsKeyArn if the table has them',
  ],
  [
    'sessionsTable.name',
    ({ sessionsTable }) => (sessionsTable ? [sessionsTable.name] : []),
    (name) => matches(name, /^[\w.-]{3,255}$/),
    'the name of a DynamoDB table',
  ],
  [
    'sessionsTable.streamArn',
    ({ sessionsTable }) => given(sessionsTable?.streamArn),
    (arn) => matches(arn, /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]+\/stream\/.+$/),
    'the ARN of the table’s stream, arn:aws:dynamodb:…:table/…/stream/…',
  ],
  [
    'sessionsTable.kmsKeyArn',
    ({ sessionsTable }) => given(sessionsTable?.kmsKeyArn),
    (arn) => matches(arn, /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/),
    'the ARN of the table’s KMS key, arn:aws:kms:…:key/…, not of an alias',
  ],
  [
    'userPool',
    ({ userPool }) => given(userPool),
    (pool) => hasOnly(pool, ['id', 'clientIds']),
    'an object with id and clientIds',
  ],
  [
    'userPool.id',
    ({ userPool }) => (userPool ? [userPool.id] : []),
    (id) => matches(id, /^[a-z]+(-[a-z]+)+-\d+_[0-9a-zA-Z]+$/),
    'the id of a user pool, like eu-west-1_AbCdEfGhI',
  ],
  [
    'userPool.clientIds',
    ({ userPool }) => (userPool ? [userPool.clientIds] : []),
    (ids) => Array.isArray(ids) && ids.length > 0 && ids.every((id) => matches(id, /^\w+$/)),
    'at least one app client id',
  ],
  [
    'openIdProviders',
    ({ openIdProviders }) => [openIdProviders],
    (list) =>
      Array.isArray(list) &&
      list.every((one) => hasOnly(one, ['name', 'issuer', 'audience', 'signInClaim', 'groupsClaim', 'jwksUri'])),
    'an array of objects with name, issuer and audience, and signInClaim, groupsClaim and jwksUri if need be',
  ],
  [
    'openIdProviders.name',
    (stage) => providers(stage).map(({ name }) => name),
    (name, stage) => matches(name, NAME) && providers(stage).filter((one) => one.name === name).length === 1,
    'lower-case letters, digits and hyphens, at most 20, each once',
  ],
  [
    'openIdProviders.issuer',
    (stage) => providers(stage).map(({ issuer }) => issuer),
    (issuer, stage) => isHttps(issuer) && providers(stage).filter((one) => one.issuer === issuer).length === 1,
    'an https address as the tokens’ iss claim has it, each once',
  ],
  [
    'openIdProviders.audience',
    (stage) => providers(stage).map(({ audience }) => audience),
    isText,
    'the aud claim of the tokens that count',
  ],
  [
    'openIdProviders claims',
    (stage) =>
      providers(stage).flatMap(({ signInClaim, groupsClaim }) => [...given(signInClaim), ...given(groupsClaim)]),
    isText,
    'the name of a claim',
  ],
  [
    'openIdProviders.jwksUri',
    (stage) => providers(stage).flatMap(({ jwksUri }) => given(jwksUri)),
    isHttps,
    'the https address of the provider’s keys',
  ],
  [
    'allowedOrigins',
    ({ allowedOrigins }) => [allowedOrigins],
    (origins) => Array.isArray(origins) && origins.length > 0 && !(origins.includes('*') && origins.length > 1),
    'at least one origin, or ["*"] alone',
  ],
  [
    'allowedOrigins',
    ({ allowedOrigins }) => all(allowedOrigins),
    // Pages of an app have a scheme of their own, such as capacitor://localhost.
    (origin) => origin === '*' || matches(origin, /^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(:\d+)?$/),
    'an origin like https://app.example.com, with no path',
  ],
  [
    'allowedHeaders',
    ({ allowedHeaders }) => [allowedHeaders],
    (headers) => Array.isArray(headers) && headers.every((header) => matches(header, /^[\w.-]+$/)),
    'an array with the names of headers; * is none, because browsers do not take it for Authorization',
  ],
  ...(['idleMinutes', 'lifetimeHours', 'maxAgeDays', 'signInDays'] as const).map(
    (option): Check => [option, (stage) => [stage[option]], isPositive, 'a positive number'],
  ),
  [
    'recentSignInMinutes',
    ({ recentSignInMinutes }) => given(recentSignInMinutes),
    isPositive,
    'a positive number of minutes',
  ],
  ...(['acceptUnnamedSignIns', 'retainData', 'deletionProtection', 'setApiLogRole'] as const).map(
    (option): Check => [option, (stage) => [stage[option]], (value) => typeof value === 'boolean', 'true or false'],
  ),
  [
    'sessionLimit',
    ({ sessionLimit }) => given(sessionLimit),
    (limit) => hasOnly(limit, ['most', 'whenReached']),
    'an object with most and whenReached',
  ],
  [
    'sessionLimit.most',
    ({ sessionLimit }) => (sessionLimit ? [sessionLimit.most] : []),
    (most) => isWhole(most, 1, 1_000),
    'a whole number from 1 to 1000',
  ],
  [
    'sessionLimit.whenReached',
    ({ sessionLimit }) => (sessionLimit ? [sessionLimit.whenReached] : []),
    (what) => what === 'deny' || what === 'end-oldest',
    '"deny" or "end-oldest"',
  ],
  [
    'adminGroup',
    ({ adminGroup }) => [adminGroup],
    (group) => isText(group) && !/[\s,]/.test(group),
    'the name of a group',
  ],
  [
    'adminClaim',
    ({ adminClaim }) => given(adminClaim),
    (claim) => matches(claim, /^[\w:./-]+$/),
    'the name of a claim',
  ],
  [
    'endOn',
    ({ endOn }) => [endOn],
    (calls) => Array.isArray(calls) && calls.length > 0 && calls.every((call) => COGNITO_CALLS.includes(call)),
    `at least one of ${COGNITO_CALLS.join(', ')}`,
  ],
  [
    'authorizerCacheSeconds',
    ({ authorizerCacheSeconds }) => [authorizerCacheSeconds],
    // Use is recorded by the authorizer only: kept for longer, its answers would let a session in use fall idle.
    (seconds, { idleMinutes }) => isWhole(seconds, 0, Math.min(3_600, idleMinutes * 3)),
    'a whole number from 0 to 3600, and at most a twentieth of the idle timeout',
  ],
  [
    'cleanupEveryHours',
    ({ cleanupEveryHours }) => [cleanupEveryHours],
    (hours) => isWhole(hours, 1, 24),
    'a whole number from 1 to 24',
  ],
  [
    'cleanupWriteUnitsPerSecond',
    ({ cleanupWriteUnitsPerSecond }) => given(cleanupWriteUnitsPerSecond),
    (units) => isPositive(units) && units >= 10,
    'a number from 10 on',
  ],
  [
    'alarmEmail',
    ({ alarmEmail }) => given(alarmEmail),
    (address) => matches(address, /^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    'an e-mail address',
  ],
  ['logDays', ({ logDays }) => [logDays], (days) => LOG_DAYS.includes(days), `one of ${LOG_DAYS.join(', ')}`],
  [
    'throttle',
    ({ throttle }) => [throttle],
    (throttle) => hasOnly(throttle, ['rate', 'burst']) && isPositive(throttle.rate) && isPositive(throttle.burst),
    'an object with rate and burst, both positive numbers',
  ],
  [
    'console',
    ({ console: page }) => given(page),
    (page) => hasOnly(page, ['domain', 'signIn', 'signInPrefix']),
    'an object with domain, signIn or signInPrefix where they are needed',
  ],
  [
    'console.domain',
    ({ console: page }) => given(page?.domain),
    (domain) =>
      hasOnly(domain, ['name', 'certificateArn']) &&
      matches(domain.name, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/) &&
      matches(domain.certificateArn, /^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/[\w-]+$/),
    'an object with name, like sessions.example.com, and certificateArn, of a certificate in us-east-1',
  ],
  [
    'console.signIn',
    ({ console: page, userPool }) => (page && (userPool || page.signIn !== undefined) ? [page.signIn] : []),
    (signIn, { userPool }) =>
      hasOnly(signIn, ['domain', 'clientId']) &&
      matches(signIn.domain, /^https:\/\/[\w.-]+$/) &&
      userPool?.clientIds.includes(signIn.clientId) === true,
    'with userPool, and only then, an object with domain, an https address with no path, and clientId, one of userPool.clientIds',
  ],
  [
    'console.signInPrefix',
    ({ console: page, app, name, userPool }) =>
      page && !userPool ? [page.signInPrefix ?? `${app}-sessions-${name}`] : given(page?.signInPrefix),
    (prefix, { userPool }) =>
      !userPool && matches(prefix, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/) && !/aws|amazon|cognito/.test(prefix),
    'without userPool, at most 63 lower-case letters, digits and hyphens, without the words aws, amazon and cognito',
  ],
];

/** @throws a configuration error that shows the first wrong value, and says what is expected */
export function checkStage(stage: Stage, options: readonly string[]): void {
  const fail = (option: string, value: unknown, expected: Check[3]) => {
    const wanted = typeof expected === 'string' ? expected : expected(stage);
    throw new ConfigurationError(`Stage "${stage.name}": ${option} is ${JSON.stringify(value)}; expected: ${wanted}.`);
  };
  const unknown = Object.keys(stage).find((key) => key !== 'name' && !options.includes(key));
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `Stage "${stage.name}": there is no option ${JSON.stringify(unknown)}${didYouMean(unknown, options)}. Options are: ${options.join(', ')}.`,
    );
  }
  for (const [option, values, holds, expected] of CHECKS) {
    for (const value of values(stage)) if (!holds(value, stage)) fail(option, value, expected);
  }
}
