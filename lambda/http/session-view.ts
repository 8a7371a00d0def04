import { expiresAtOf, isoTime, lastUsed, readTime, type StoredSession } from '../domain/session';
import { type Device, deviceOf } from './device';

/** A session as an answer shows it. Never a token, and nothing that the older backend left beside the session. */
export interface SessionView {
  readonly id: string;
  readonly ipAddress: string;
  readonly userAgent: string;
  /** ISO 8601 UTC, as all times here. */
  readonly loginTime: string;
  readonly lastActivity: string;
  readonly expiresAt: string;
  readonly isCurrent: boolean;
  readonly location?: { readonly city?: string; readonly country: string };
  readonly device: Device;
}

/** @param session a live one: the rule has found its times readable */
export function sessionView(session: StoredSession, currentSessionId: string | undefined): SessionView {
  const location = locationOf(session.locationData);
  const userAgent = text(session.userAgent);
  return {
    id: session.sessionId,
    ipAddress: text(session.ipAddress),
    userAgent,
    loginTime: isoTime(readTime(session.loginTime) ?? readTime(session.createdAt) ?? 0),
    lastActivity: isoTime(lastUsed(session)),
    expiresAt: expiresAtOf(session),
    isCurrent: session.sessionId === currentSessionId,
    ...(location && { location }),
    device: deviceOf(userAgent),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The older backend stored a location as a JSON string or as a map; what is neither is left out. */
function locationOf(stored: unknown): SessionView['location'] {
  let data = stored;
  if (typeof data === 'string') {
    try {
      data = JSON.parse(data);
    } catch {
      return undefined;
    }
  }
  if (typeof data !== 'object' || data === null) return undefined;
  const { city, country } = data as Record<string, unknown>;
  if (typeof country !== 'string' || country === '') return undefined;
  return { ...(typeof city === 'string' && city !== '' && { city }), country };
}
