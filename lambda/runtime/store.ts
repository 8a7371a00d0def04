import type { Policy } from '../domain/session';
import { dynamoSessionStore } from '../dynamodb/session-store';
import { database } from './database';
import { required, requiredNumber } from './environment';

/** The sessions, as the stack keeps them. */
export const store = dynamoSessionStore(database, {
  sessions: required('sessionsTable'),
  userIndex: required('userIndex'),
  signIns: required('signInsTable'),
  signInDays: requiredNumber('signInDays'),
});

/** The stage's own part of the rule. */
export const policy: Policy = { maxAgeDays: requiredNumber('maxAgeDays') };
