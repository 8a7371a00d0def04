import { ok } from './http/answers';
import { sessionCaller } from './http/request';
import { route } from './runtime/wiring';

/** `GET /session`: who the caller is. The authorizer has read the session, so this reads nothing. */
export const handler = route(async ({ event }) => ok(sessionCaller(event)));
