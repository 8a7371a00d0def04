import { assertAdmin } from './domain/caller';
import { runView } from './domain/cleanup-log';
import { ok } from './http/answers';
import { route } from './runtime/api';
import { cleanupLogUntil } from './runtime/cleanup-log';

/** `GET /cleanups`: the cleanup's last runs, for admins. */
export const handler = route(async ({ caller, now, deadline, audit }) => {
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: 'cleanups listed' });
  return ok((await cleanupLogUntil(deadline).latest()).map((run) => runView(run, now)));
});
