import { endAllSessions } from './domain/end-all';
import { readUserEvent } from './identity/user-event';
import { logger } from './runtime/logger';
import { store } from './runtime/store';

/** Ends a user's sessions when something has happened to the user elsewhere. An error is retried, then a dead letter. */
export const handler = async (event: Parameters<typeof readUserEvent>[0]): Promise<{ ended: number }> => {
  const end = readUserEvent(event);
  if (!end) return { ended: 0 };
  const ids = await endAllSessions(store, end.userId, end.reason);
  logger.info('sessions ended', { userId: end.userId, reason: end.reason, ended: ids.length });
  return { ended: ids.length };
};
