import type { Policy } from '../domain/session';
import { requestClient } from '../dynamodb/client';
import { dynamoSessionStore } from '../dynamodb/session-store';
import { routeWith } from '../http/route';
import { required, requiredList, requiredNumber } from './environment';
import { logCompletion, logSecurityEvent } from './logger';

/** What the functions of the API share, built once per container from the environment. */

export const store = dynamoSessionStore(requestClient(), {
  sessions: required('sessionsTable'),
  userIndex: required('userIndex'),
  signIns: required('signInsTable'),
  signInDays: requiredNumber('signInDays'),
});

/** The stage's own part of the rule. */
export const policy: Policy = { maxAgeDays: requiredNumber('maxAgeDays') };

export const route = routeWith({
  allowedOrigins: requiredList('allowedOrigins'),
  clock: Date.now,
  complete: logCompletion,
  audit: logSecurityEvent,
});
