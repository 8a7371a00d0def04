import { revokeSessions } from './domain/end';
import { type OutsideEvent, readOutsideEvent } from './revocation/outside-events';
import { EVENT_SECONDS, required, requiredList } from './runtime/environment';
import { logger } from './runtime/logger';
import { sessionStore } from './runtime/wiring';

const store = sessionStore();
const options = { userPoolId: required('userPoolId'), endOn: requiredList('endOn') };
/** How long before its time-out the function stops ending sessions, in milliseconds. */
const RESERVE_MS = 10_000;

/** Ends a user's sessions after something happened to the user elsewhere. An error is retried, then a dead letter. */
export const handler = async (event: OutsideEvent): Promise<{ ended: number }> => {
  const request = readOutsideEvent(event, options);
  if ('ignored' in request) {
    logger.warn('event ignored', { reason: request.ignored });
    return { ended: 0 };
  }
  const { userId, reason, signedInBy } = request;
  const stopAt = Date.now() + EVENT_SECONDS * 1_000 - RESERVE_MS;
  const { ids, remaining } = await revokeSessions(store, userId, reason, {
    signedInBy,
    clock: Date.now,
    isTimeLeft: () => Date.now() < stopAt,
  });
  logger.info('sessions ended', { userId, reason, ended: ids.length, remaining });
  // Lambda calls the function again with the same event.
  if (remaining) throw new Error('Some sessions of the user remain.');
  return { ended: ids.length };
};
