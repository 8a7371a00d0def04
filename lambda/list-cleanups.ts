import { runView } from './cleanup/recorded-run';
import { assertAdmin } from './domain/caller';
import { ok } from './http/route';
import { route, runLog } from './runtime/wiring';

const log = runLog();

/** `GET /cleanups`: the cleanup's last runs, for admins. */
export const handler = route(async ({ caller, now, deadline, audit }) => {
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: 'cleanups listed' });
  return ok((await log.until(deadline).latest()).map((run) => runView(run, now)));
});
