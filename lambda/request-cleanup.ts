import { randomUUID } from 'node:crypto';
import { assertAdmin } from './domain/caller';
import { type RecordedRun, requestCount, runView } from './domain/cleanup-log';
import { readBody } from './http/request';
import { countSchema } from './http/schemas';
import { route } from './runtime/api';
import { cleanupLogUntil } from './runtime/cleanup-log';
import { startCount } from './runtime/start-count';

/** `POST /cleanups`: an admin asks what a cleanup would delete now. */
export const handler = route(async ({ event, caller, now, deadline, audit }) => {
  readBody(event, countSchema);
  assertAdmin(caller);
  audit({ event: 'authz_admin', reason: 'count requested' });
  const request = { id: randomUUID(), requestedBy: caller.userId, now };
  const start = (run: RecordedRun) => startCount(run, deadline);
  return { status: 202, data: runView(await requestCount(cleanupLogUntil(deadline), start, request), now) };
});
