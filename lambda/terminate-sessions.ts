import { assertSelfOrAdmin } from './domain/caller';
import { terminateOthers } from './domain/end';
import { ok } from './http/answers';
import { pathId } from './http/request';
import { route, store } from './runtime/api';

/** `DELETE /users/{id}/sessions`: terminates all the user's sessions but the caller's current one. */
export const handler = route(async ({ event, caller }) => {
  const userId = pathId(event, 'id');
  assertSelfOrAdmin(caller, userId);
  const sessionIds = await terminateOthers(store, caller, userId);
  return ok({ message: 'Sessions terminated successfully', deletedSessions: sessionIds.length, sessionIds });
});
