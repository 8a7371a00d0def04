import { assertSelf } from './domain/caller';
import { registerSession } from './domain/register';
import { type Limits, strictest } from './domain/session';
import { pathUser, readBody } from './http/request';
import { registrationSchema } from './http/schemas';
import { sessionView } from './http/session-view';
import { optional, optionalNumber, required, requiredNumber } from './runtime/environment';
import { beforeRetry, locator, route, sessionStore, stagePolicy } from './runtime/wiring';

const store = sessionStore();
const locate = locator();
const most = optionalNumber('sessionLimit');
const stageLimits = { idleMinutes: requiredNumber('idleMinutes'), lifetimeHours: requiredNumber('lifetimeHours') };
const groupLimits: Readonly<Record<string, Partial<Limits>>> = JSON.parse(optional('limits') ?? '{}');
const settings = {
  policy: stagePolicy(),
  sessionLimit: most === undefined ? undefined : { most, endOldest: required('sessionLimitAction') === 'end-oldest' },
  clock: Date.now,
};

/** `POST /users/{id}/sessions`: registers the session of the token's sign-in. */
export const handler = route(async ({ event, caller, connection, now, deadline, isTimeLeft, audit }) => {
  const userId = pathUser(event, caller);
  const { userAgent, deviceName, maxHours } = readBody(event, registrationSchema(now));
  assertSelf(caller, userId);
  const ofGroups = (caller.limitedGroups ?? []).map((group) => groupLimits[group] ?? {});
  const deps = {
    ...settings,
    limits: strictest([stageLimits, ...ofGroups, { lifetimeHours: maxHours ?? undefined }]),
    store: store.until(deadline),
    onEnd: (sessionId: string) => audit({ event: 'session_expired', sessionId, reason: 'session limit' }),
    beforeRetry: (attempt: number) => beforeRetry(attempt, isTimeLeft),
  };
  const { session, created } = await registerSession(deps, caller, {
    ipAddress: connection.ipAddress,
    userAgent,
    deviceName: deviceName ?? undefined,
    locationData: locate?.(connection),
  });
  const data = sessionView(session, session.sessionId);
  const { device, location } = data;
  if (created) {
    audit({ event: 'session_created', sessionId: data.id, deviceType: device.type, country: location?.country });
  }
  return { status: created ? 201 : 200, data };
});
