import { assertSelfOrAdmin } from './domain/caller';
import { terminateSession } from './domain/end';
import { ok } from './http/answers';
import { pathId } from './http/request';
import { route, store } from './runtime/api';

/** `DELETE /users/{id}/sessions/{sessionId}`: terminates one session. */
export const handler = route(async ({ event, caller }) => {
  const userId = pathId(event, 'id');
  const sessionId = pathId(event, 'sessionId');
  assertSelfOrAdmin(caller, userId);
  await terminateSession(store, caller, userId, sessionId);
  return ok({ message: 'Session terminated successfully' });
});
