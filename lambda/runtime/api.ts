import { routeWith } from '../http/route';
import { REQUEST_SECONDS, requiredList } from './environment';
import { logCompletion, logSecurityEvent } from './logger';

/** What the functions of the API's routes share, built once per container from the environment. */
export const route = routeWith({
  allowedOrigins: requiredList('allowedOrigins'),
  clock: Date.now,
  requestMs: REQUEST_SECONDS * 1_000,
  complete: logCompletion,
  audit: logSecurityEvent,
});
