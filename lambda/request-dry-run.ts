import { randomUUID } from 'node:crypto';
import { runView } from './cleanup/recorded-run';
import { requestDryRun } from './cleanup/run-log';
import { assertAdmin } from './domain/caller';
import { readBody } from './http/request';
import { dryRunSchema } from './http/schemas';
import { publisherOf, route, runLog } from './runtime/wiring';

const log = runLog();
const publish = publisherOf('Dry Run Requested');

/** `POST /cleanups`: an admin asks what a cleanup would delete now. */
export const handler = route(async ({ event, caller, now, deadline, audit }) => {
  readBody(event, dryRunSchema);
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: 'dry run requested' });
  const run = await requestDryRun(
    { log: log.until(deadline), publish: (events) => publish(events, deadline) },
    { id: randomUUID(), requestedBy: caller.userId, now },
  );
  return { status: 202, data: runView(run, now) };
});
