import { endAllSessions } from './domain/end-all';
import { type OutsideEvent, readOutsideEvent } from './revocation/outside-events';
import { required, requiredList } from './runtime/environment';
import { logger } from './runtime/logger';
import { store } from './runtime/store';

const options = { userPoolId: required('userPoolId'), endOn: requiredList('endOn') };

/** Ends a user's sessions after something happened to the user elsewhere. An error is retried, then a dead letter. */
export const handler = async (event: OutsideEvent): Promise<{ ended: number }> => {
  const request = readOutsideEvent(event, options);
  if ('ignored' in request) {
    logger.warn('event ignored', { reason: request.ignored });
    return { ended: 0 };
  }
  const { userId, reason, signedInBy } = request;
  const ids = await endAllSessions(store, userId, reason, signedInBy);
  logger.info('sessions ended', { userId, reason, ended: ids.length });
  return { ended: ids.length };
};
