import { assertMayEnd } from './domain/caller';
import { terminateOthers } from './domain/end';
import { pathUser } from './http/request';
import { ok } from './http/route';
import { optional, optionalNumber } from './runtime/environment';
import { poolSignOut, route, sessionStore } from './runtime/wiring';

const store = sessionStore();
const recentSignInMinutes = optionalNumber('recentSignInMinutes');
const signOutAtPool = poolSignOut(optional('signOutPoolId'));

/** `DELETE /users/{id}/sessions`: terminates all the user's sessions but the caller's current one. */
export const handler = route(async ({ event, caller, now, deadline, isTimeLeft, audit }) => {
  const userId = pathUser(event, caller);
  assertMayEnd(caller, userId, recentSignInMinutes, now);
  const { ids, remaining } = await terminateOthers(store.until(deadline), caller, userId, {
    onEnd: (sessionId) => audit({ event: 'session_expired', sessionId, reason: 'revoked' }),
    isTimeLeft,
    // Users who end their own others stay signed in here.
    signOutAtPool: caller.userId === userId ? undefined : () => signOutAtPool(userId, deadline),
  });
  return ok({
    message: 'Sessions terminated successfully',
    deletedSessions: ids.length,
    sessionIds: ids,
    ...(remaining && { remaining }),
  });
});
