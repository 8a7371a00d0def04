import type { TableActions } from './tables';
import { BUS, CLEANUP_LOG, ROUTE, SIGN_OUT, STORE, type VariableName } from './variables';

/** A route of the API. The gateway, the functions and their permissions are all made from one list of routes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  /** Whether a good token is enough. @default - a token without a live session is refused */
  readonly withoutSession?: boolean;
  /** Whether other servers call it with a user's token. Then the connection's address is not the user's. */
  readonly forServers?: boolean;
  /** The variables that the function reads, each of them and no other. */
  readonly reads: readonly VariableName[];
  /** The DynamoDB actions that the function uses, each of them and no other. @default - none */
  readonly actions?: TableActions;
  /** In place of `actions` where the stage limits the sessions of a user, by what happens beyond. */
  readonly actionsWithLimit?: Readonly<Record<'deny' | 'end-oldest', TableActions>>;
  /** The actions of Cognito that the function uses on the user pool. */
  readonly poolActions?: readonly string[];
  /** The same, where the stage signs users out at the pool. */
  readonly poolActionsToSignOut?: readonly string[];
  /** The kind of event that the function may put on the stage's bus. */
  readonly puts?: string;
}

/** The event by which an admin asks for a dry run of the cleanup. */
export const DRY_RUN_REQUESTED = 'Dry Run Requested';

const SIGN_OUT_ACTIONS = ['ListUsers', 'AdminUserGlobalSignOut'];

/** A registration that counts the user's other sessions. */
const WITH_LIMIT = {
  sessions: ['GetItem', 'PutItem', 'BatchGetItem'],
  userIndex: ['Query'],
  signIns: ['GetItem', 'PutItem', 'BatchGetItem'],
};

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/users/{id}/sessions',
    entry: 'create-session',
    withoutSession: true,
    reads: [
      ...ROUTE,
      ...STORE,
      'maxAgeDays',
      'idleMinutes',
      'lifetimeHours',
      'limits',
      'sessionLimit',
      'sessionLimitAction',
      'location',
    ],
    // A transaction needs the actions of its parts.
    actions: { sessions: ['GetItem', 'PutItem'], signIns: ['GetItem', 'PutItem'] },
    actionsWithLimit: {
      deny: WITH_LIMIT,
      'end-oldest': { ...WITH_LIMIT, sessions: [...WITH_LIMIT.sessions, 'DeleteItem'] },
    },
  },
  {
    method: 'GET',
    path: '/users/{id}/sessions',
    entry: 'list-sessions',
    reads: [...ROUTE, ...STORE, 'maxAgeDays'],
    actions: { sessions: ['BatchGetItem'], userIndex: ['Query'] },
  },
  {
    method: 'DELETE',
    path: '/users/{id}/sessions',
    entry: 'terminate-sessions',
    reads: [...ROUTE, ...STORE, ...SIGN_OUT, 'recentSignInMinutes'],
    actions: { sessions: ['DeleteItem'], userIndex: ['Query'] },
    poolActionsToSignOut: SIGN_OUT_ACTIONS,
  },
  {
    method: 'DELETE',
    path: '/users/{id}/sessions/{sessionId}',
    entry: 'terminate-session',
    reads: [...ROUTE, ...STORE, 'recentSignInMinutes'],
    actions: { sessions: ['DeleteItem'] },
  },
  {
    method: 'POST',
    path: '/logout',
    entry: 'logout',
    withoutSession: true,
    reads: [...ROUTE, ...STORE, ...SIGN_OUT, 'maxAgeDays', 'recentSignInMinutes'],
    actions: {
      sessions: ['GetItem', 'DeleteItem', 'BatchGetItem'],
      userIndex: ['Query'],
      signIns: ['GetItem', 'PutItem'],
    },
    poolActionsToSignOut: SIGN_OUT_ACTIONS,
  },
  {
    method: 'GET',
    path: '/users',
    entry: 'find-users',
    reads: [...ROUTE, 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', 'userPoolId'],
    poolActions: ['ListUsers'],
  },
  {
    method: 'GET',
    path: '/session',
    entry: 'get-session',
    forServers: true,
    reads: ROUTE,
  },
  {
    method: 'GET',
    path: '/cleanups',
    entry: 'list-cleanups',
    reads: [...ROUTE, ...CLEANUP_LOG],
    actions: { cleanupRuns: ['Query'] },
  },
  {
    method: 'POST',
    path: '/cleanups',
    entry: 'request-dry-run',
    reads: [...ROUTE, ...CLEANUP_LOG, ...BUS],
    actions: { cleanupRuns: ['PutItem', 'GetItem'] },
    puts: DRY_RUN_REQUESTED,
  },
];

/** The middle part of the name of a route's function. */
export const nameInAws = ({ entry }: Route): string => entry.replaceAll('-', '');

/** Some routes as `METHOD/path`, the path as the gateway names it, joined by commas. */
export const routeKeys = (isOne: (route: Route) => boolean): string =>
  ROUTES.filter(isOne)
    .map(({ method, path }) => `${method}${path}`)
    .join(',');
