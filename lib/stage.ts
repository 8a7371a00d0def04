/** What a stage may set. Everything has a default, so that `dev` is an empty object. */
export interface StageConfiguration {
  /**
   * The first part of every name.
   * @default 'aerotage'
   */
  readonly app?: string;

  /**
   * Minutes without activity after which a new session is over.
   * @default 480
   */
  readonly idleMinutes?: number;

  /**
   * Hours from the sign-in after which a new session is over, whatever its activity.
   * @default 168 (seven days)
   */
  readonly lifetimeHours?: number;

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
   * Origins whose pages may read the answers.
   * @default ['*'] any: requests carry a token in a header, never a cookie
   */
  readonly allowedOrigins?: readonly string[];

  /**
   * The user pool group whose members are admins.
   * @default 'admin'
   */
  readonly adminGroup?: string;

  /**
   * A user pool that exists already, with the app clients whose tokens count.
   * @default - the stack makes a user pool with one client and the admin group
   */
  readonly userPool?: { readonly id: string; readonly clientIds: readonly string[] };

  /**
   * Whether the tables and the user pool outlive the stack, and refuse to be deleted.
   * @default true, but in the stage `dev`
   */
  readonly retainData?: boolean;

  /**
   * Requests per second of the whole API, and how many above that for a moment.
   * @default { rate: 500, burst: 1000 }
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };

  /**
   * Days for which logs are kept: a number that CloudWatch Logs knows.
   * @default 30
   */
  readonly logDays?: number;

  /**
   * Whether the stack sets the account's role by which API Gateway writes its logs. An account has one such
   * role per region: set this to false where it is set already.
   * @default true
   */
  readonly setApiLogRole?: boolean;
}

type Optional = 'userPool' | 'recentSignInMinutes';

/** A stage with everything settled. */
export type Stage = Required<Omit<StageConfiguration, Optional>> &
  Pick<StageConfiguration, Optional> & { readonly name: string };

const OPTIONAL: ReadonlySet<string> = new Set<Optional>(['userPool', 'recentSignInMinutes']);
const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/**
 * Settles a stage's configuration.
 * @throws an error that shows the value received and says what is expected
 */
export function settleStage(name: string, configuration: StageConfiguration = {}): Stage {
  const defaults = {
    app: 'aerotage',
    idleMinutes: 480,
    lifetimeHours: 168,
    signInDays: 30,
    allowedOrigins: ['*'],
    adminGroup: 'admin',
    retainData: name !== 'dev',
    throttle: { rate: 500, burst: 1000 },
    logDays: 30,
    setApiLogRole: true,
  };
  const stage: Stage = { ...defaults, ...configuration, name };
  const unknown = Object.keys(configuration).filter((key) => !(key in defaults) && !OPTIONAL.has(key));
  expect(unknown.length === 0, 'options', unknown.join(', '), 'only the ones in lib/stage.ts: is one misspelled?');
  expect(NAME.test(name), 'name', name, 'lower-case letters, digits and hyphens, at most 20');
  expect(NAME.test(stage.app), 'app', stage.app, 'lower-case letters, digits and hyphens, at most 20');
  for (const option of ['idleMinutes', 'lifetimeHours', 'signInDays', 'recentSignInMinutes'] as const) {
    const value: unknown = stage[option];
    if (value === undefined && OPTIONAL.has(option)) continue;
    expect(typeof value === 'number' && Number.isFinite(value) && value > 0, option, value, 'a positive number');
  }
  expect(stage.allowedOrigins.length > 0, 'allowedOrigins', stage.allowedOrigins, 'at least one origin, or ["*"]');
  for (const origin of stage.allowedOrigins) {
    expect(
      origin === '*' || /^https?:\/\/[^/,]+$/.test(origin),
      'allowedOrigins',
      origin,
      'an origin like https://app.example.com, with no path',
    );
  }
  if (stage.userPool) {
    const { id, clientIds } = stage.userPool;
    expect(/^[\w-]+_[0-9a-zA-Z]+$/.test(id), 'userPool.id', id, 'the id of a user pool, like eu-west-1_AbCdEfGhI');
    expect(clientIds?.length > 0, 'userPool.clientIds', clientIds, 'at least one app client id');
  }
  return stage;

  function expect(holds: boolean, option: string, value: unknown, expected: string): void {
    if (!holds) throw new Error(`Stage "${name}": ${option} is ${JSON.stringify(value)}; expected: ${expected}.`);
  }
}
