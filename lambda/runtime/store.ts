import type { Policy } from '../domain/session';
import { requestClient } from '../dynamodb/client';
import { dynamoSessionStore } from '../dynamodb/session-store';
import { required, requiredNumber } from './environment';

/** The sessions, as the stack keeps them. */
export const store = dynamoSessionStore(requestClient(), {
  sessions: required('sessionsTable'),
  userIndex: required('userIndex'),
  signIns: required('signInsTable'),
  signInDays: requiredNumber('signInDays'),
});

/** The stage's own part of the rule. */
export const policy: Policy = { maxAgeDays: requiredNumber('maxAgeDays') };
