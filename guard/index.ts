import type { ConnectionOptions } from '../lambda/aws/connection';
import { databaseOptions } from '../lambda/dynamodb/client';
import type { SecurityEvent } from '../lambda/http/audit';
import { authorizerDeps } from '../lambda/runtime/authorizer-deps';
import { guardWith, type SessionGuard } from './guard';

export { Refusal } from '../lambda/domain/errors';
export type { CheckOptions, GuardedCaller, SessionGuard } from './guard';
export { expressGuard, type GuardedRequest, lambdaGuard, refusalAnswer } from './middleware';

export interface SessionGuardOptions {
  /** For a process that has no credentials in its environment: a container, say. @default - those in the environment */
  readonly credentials?: ConnectionOptions['credentials'];
  /** Told of refused tokens and ended sessions in use. Never gets a token. @default - nobody is told */
  readonly audit?: (event: SecurityEvent) => void;
}

/**
 * Checks users' sessions inside your own code, without a gateway. It reads its configuration from the environment that
 * the session backend's construct sets, and may `GetItem` and `UpdateItem` on its tables. Make one per process: it keeps
 * the issuer's keys and its connections.
 * @throws an error that names the environment variable that is missing
 */
export function createSessionGuard({ credentials, audit = () => undefined }: SessionGuardOptions = {}): SessionGuard {
  return guardWith(authorizerDeps(audit, { ...databaseOptions(), ...(credentials && { credentials }) }));
}
