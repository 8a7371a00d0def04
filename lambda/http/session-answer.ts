import type { StoredSession } from '../domain/session';
import { type SessionView, viewOf } from '../domain/view';
import { type Device, deviceOf } from './device';

/** A session as every answer shows it. */
export interface SessionAnswer extends SessionView {
  readonly device: Device;
}

export function sessionAnswer(session: StoredSession, currentSessionId: string | undefined): SessionAnswer {
  const view = viewOf(session, currentSessionId);
  return { ...view, device: deviceOf(view.userAgent) };
}
