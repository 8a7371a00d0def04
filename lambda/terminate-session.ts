import { assertMayEnd } from './domain/caller';
import { terminateSession } from './domain/end';
import { pathId, pathUser } from './http/request';
import { ok } from './http/route';
import { optionalNumber } from './runtime/environment';
import { route, sessionStore } from './runtime/wiring';

const store = sessionStore();
const recentSignInMinutes = optionalNumber('recentSignInMinutes');

/** `DELETE /users/{id}/sessions/{sessionId}`: terminates one session. */
export const handler = route(async ({ event, caller, now, deadline, audit }) => {
  const userId = pathUser(event, caller);
  const sessionId = pathId(event, 'sessionId');
  assertMayEnd(caller, userId, recentSignInMinutes, now);
  await terminateSession(store.until(deadline), caller, userId, sessionId);
  audit({ event: 'session_expired', sessionId, reason: 'revoked' });
  return ok({ message: 'Session terminated successfully' });
});
