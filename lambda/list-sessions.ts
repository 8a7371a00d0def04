import { assertSelfOrAdmin } from './domain/caller';
import { listSessions } from './domain/list';
import { fromCursor, toCursor } from './http/cursor';
import { pathUser, queryNumber } from './http/request';
import { sessionView } from './http/session-view';
import { route, sessionStore, stagePolicy } from './runtime/wiring';

const store = sessionStore();
const policy = stagePolicy();

/** `GET /users/{id}/sessions`: the user's live sessions, a page at a time. */
export const handler = route(async ({ event, caller, now, deadline }) => {
  const userId = pathUser(event, caller);
  const limit = queryNumber(event, 'limit', { min: 1, max: 100, absent: 100 });
  const cursor = event.queryStringParameters?.cursor;
  const after = cursor ? fromCursor(userId, cursor) : undefined;
  assertSelfOrAdmin(caller, userId);
  const { sessions, next } = await listSessions(store.until(deadline), caller, userId, { limit, after }, now, policy);
  return {
    status: 200,
    data: sessions.map((session) => sessionView(session, caller.signInId)),
    ...(next && { nextCursor: toCursor(userId, next) }),
  };
});
