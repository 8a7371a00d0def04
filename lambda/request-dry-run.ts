import { randomUUID } from 'node:crypto';
import { startDryRun } from './cleanup/start-dry-run';
import { assertAdmin } from './domain/caller';
import { requestDryRun, runView } from './domain/cleanup-log';
import { readBody } from './http/request';
import { dryRunSchema } from './http/schemas';
import { publisher } from './revocation/bus';
import { route } from './runtime/api';
import { cleanupLogUntil } from './runtime/cleanup-log';
import { required } from './runtime/environment';

const publish = publisher(required('eventBus'), { source: required('eventIssuer'), type: 'Dry Run Requested' });

/** `POST /cleanups`: an admin asks what a cleanup would delete now. */
export const handler = route(async ({ event, caller, now, deadline, audit }) => {
  readBody(event, dryRunSchema);
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: 'dry run requested' });
  const request = { id: randomUUID(), requestedBy: caller.userId, now };
  const start = startDryRun((events) => publish(events, deadline));
  return { status: 202, data: runView(await requestDryRun(cleanupLogUntil(deadline), start, request), now) };
});
