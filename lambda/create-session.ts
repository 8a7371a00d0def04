import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSelf } from './domain/caller';
import { registerSession } from './domain/register';
import { pathId, readBody, registrationSchema } from './http/request';
import { sessionAnswer } from './http/session-answer';
import { route, store } from './runtime/api';
import { requiredNumber } from './runtime/environment';

const ports = {
  store,
  limits: { idleMinutes: requiredNumber('idleMinutes'), lifetimeHours: requiredNumber('lifetimeHours') },
  clock: Date.now,
  sleep: (milliseconds: number) => sleep(milliseconds),
  idFor: (signIn: string) => createHash('sha256').update(signIn).digest('base64url'),
};

/** `POST /users/{id}/sessions`: registers the session of the token's sign-in. */
export const handler = route(async ({ event, caller, connection, now }) => {
  const userId = pathId(event, 'id');
  const { userAgent } = readBody(event, registrationSchema(now));
  assertSelf(caller, userId);
  const { session, created } = await registerSession(ports, caller, connection, userAgent);
  return { status: created ? 201 : 200, data: sessionAnswer(session, session.sessionId) };
});
