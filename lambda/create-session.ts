import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSelf } from './domain/caller';
import { type RegisterPorts, registerSession } from './domain/register';
import { pathId, readBody } from './http/request';
import { registrationSchema } from './http/schemas';
import { sessionAnswer } from './http/session-answer';
import { route } from './runtime/api';
import { optionalNumber, required, requiredNumber } from './runtime/environment';
import { policy, store } from './runtime/store';

const most = optionalNumber('sessionLimit');

const ports: RegisterPorts = {
  store,
  limits: { idleMinutes: requiredNumber('idleMinutes'), lifetimeHours: requiredNumber('lifetimeHours') },
  policy,
  sessionLimit: most === undefined ? undefined : { most, endOldest: required('sessionLimitAction') === 'end-oldest' },
  clock: Date.now,
  sleep: (milliseconds) => sleep(milliseconds),
  newRegistration: randomUUID,
};

/** `POST /users/{id}/sessions`: registers the session of the token's sign-in. */
export const handler = route(async ({ event, caller, connection, now, audit }) => {
  const userId = pathId(event, 'id');
  const { userAgent } = readBody(event, registrationSchema(now));
  assertSelf(caller, userId);
  const { session, created, ended } = await registerSession(ports, caller, connection, userAgent);
  if (created) audit({ event: 'session_created', sessionId: session.sessionId });
  for (const sessionId of ended) audit({ event: 'session_expired', sessionId, reason: 'session limit' });
  return { status: created ? 201 : 200, data: sessionAnswer(session, session.sessionId) };
});
