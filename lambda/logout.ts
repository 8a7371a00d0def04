import { assertMayEnd } from './domain/caller';
import { logOut, logOutEverywhere } from './domain/end';
import { wantsEverywhere } from './http/request';
import { ok } from './http/route';
import { optional, optionalNumber } from './runtime/environment';
import { poolSignOut, route, sessionStore, stagePolicy } from './runtime/wiring';

const store = sessionStore();
const policy = stagePolicy();

const recentSignInMinutes = optionalNumber('recentSignInMinutes');
const signOutAtPool = poolSignOut(optional('signOutPoolId'));
const message = 'Logout successful';

/** `POST /logout`: ends the caller's own session, or all of the caller's sessions. */
export const handler = route(async ({ event, caller, connection, now, deadline, isTimeLeft, audit }) => {
  const { userId, signInId } = caller;
  const options = {
    now,
    policy,
    isTimeLeft,
    onEnd: (sessionId: string) => audit({ event: 'session_expired', sessionId, reason: 'logout' }),
  };
  if (!wantsEverywhere(event)) {
    const sessionId = await logOut(store.until(deadline), caller, connection, options);
    return ok({ message, ...(sessionId !== undefined && { sessionId }) });
  }
  assertMayEnd(caller, userId, recentSignInMinutes, now);
  const { ids, remaining } = await logOutEverywhere(store.until(deadline), caller, {
    ...options,
    signOutAtPool: () => signOutAtPool(userId, deadline),
  });
  return ok({
    message,
    ...(ids.includes(signInId) && { sessionId: signInId }),
    deletedSessions: ids.length,
    ...(remaining && { remaining }),
  });
});
