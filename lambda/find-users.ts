import { assertAdmin } from './domain/caller';
import { queryOneOf } from './http/request';
import { ok } from './http/route';
import { required } from './runtime/environment';
import { route, userPoolOf } from './runtime/wiring';

const pool = userPoolOf(required('userPoolId'));

/** `GET /users`: the users of the pool with an e-mail address or a user name, for admins. */
export const handler = route(async ({ event, caller, deadline, audit }) => {
  const { name, value } = queryOneOf(event, ['email', 'username']);
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: `users looked up by ${name}` });
  return ok(await pool.until(deadline).find(name, value));
});
