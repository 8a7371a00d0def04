import { logOut } from './domain/end';
import { ok } from './http/answers';
import { route, sessionStore, stagePolicy } from './runtime/wiring';

const store = sessionStore();
const policy = stagePolicy();

/** `POST /logout`: ends the caller's own session. The body says nothing that the token does not, and is not read. */
export const handler = route(async ({ caller, connection, now, deadline, isTimeLeft, audit }) => {
  const onEnd = (sessionId: string) => audit({ event: 'session_expired', sessionId, reason: 'logout' });
  const sessionId = await logOut(store.until(deadline), caller, connection, { now, policy, onEnd, isTimeLeft });
  return ok({ message: 'Logout successful', ...(sessionId !== undefined && { sessionId }) });
});
