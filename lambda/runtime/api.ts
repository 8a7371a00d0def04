import { routeWith } from '../http/route';
import { requiredList } from './environment';
import { logCompletion, logSecurityEvent } from './logger';

/** What the functions of the API's routes share, built once per container from the environment. */
export const route = routeWith({
  allowedOrigins: requiredList('allowedOrigins'),
  clock: Date.now,
  complete: logCompletion,
  audit: logSecurityEvent,
});
