import type { TableActions } from './tables';

/** A route of the API: the one list from which the gateway, the functions and their permissions are made. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** The middle part of the function's name. */
  readonly name: string;
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  /** Whether a token without a live session is refused. */
  readonly needsSession: boolean;
  /** The DynamoDB actions that the function uses, each of them and no other. */
  readonly actions: TableActions;
  /** In place of `actions` where the stage limits the sessions of a user, by what happens beyond. */
  readonly actionsWithLimit?: Readonly<Record<'deny' | 'end-oldest', TableActions>>;
}

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/users/{id}/sessions',
    name: 'createsession',
    entry: 'create-session',
    needsSession: false,
    // A transaction needs the actions of its parts.
    actions: { sessions: ['GetItem', 'PutItem'], signIns: ['GetItem', 'PutItem'] },
    actionsWithLimit: {
      deny: {
        sessions: ['GetItem', 'PutItem', 'BatchGetItem'],
        userIndex: ['Query'],
        signIns: ['GetItem', 'PutItem', 'BatchGetItem'],
      },
      'end-oldest': {
        sessions: ['GetItem', 'PutItem', 'BatchGetItem', 'DeleteItem'],
        userIndex: ['Query'],
        signIns: ['GetItem', 'PutItem', 'BatchGetItem'],
      },
    },
  },
  {
    method: 'GET',
    path: '/users/{id}/sessions',
    name: 'listsessions',
    entry: 'list-sessions',
    needsSession: true,
    actions: { sessions: ['BatchGetItem'], userIndex: ['Query'] },
  },
  {
    method: 'DELETE',
    path: '/users/{id}/sessions',
    name: 'terminatesessions',
    entry: 'terminate-sessions',
    needsSession: true,
    actions: { sessions: ['DeleteItem'], userIndex: ['Query'] },
  },
  {
    method: 'DELETE',
    path: '/users/{id}/sessions/{sessionId}',
    name: 'terminatesession',
    entry: 'terminate-session',
    needsSession: true,
    actions: { sessions: ['DeleteItem'] },
  },
  {
    method: 'POST',
    path: '/logout',
    name: 'logout',
    entry: 'logout',
    needsSession: false,
    actions: { sessions: ['DeleteItem', 'BatchGetItem'], userIndex: ['Query'], signIns: ['PutItem'] },
  },
  {
    method: 'GET',
    path: '/cleanups',
    name: 'listcleanups',
    entry: 'list-cleanups',
    needsSession: true,
    actions: { cleanupRuns: ['Query'] },
  },
  {
    method: 'POST',
    path: '/cleanups',
    name: 'requestdryrun',
    entry: 'request-dry-run',
    needsSession: true,
    actions: { cleanupRuns: ['PutItem', 'GetItem'] },
  },
];

/** `METHOD/path`, the path as the gateway names it. */
export const routeKey = ({ method, path }: Route): string => `${method}${path}`;
