import { sessionCaller } from './http/request';
import { ok } from './http/route';
import { route } from './runtime/wiring';

/** `GET /session`: who the caller is. The authorizer has read the session, so this reads nothing. */
export const handler = route(async ({ event }) => ok(sessionCaller(event)));
