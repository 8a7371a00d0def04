import {
  expiresAtOf,
  isoTime,
  type Location,
  lastAddress,
  lastUsed,
  readTime,
  type StoredSession,
} from '../domain/session';
import { type Device, deviceOf } from './device';

/** A session as an answer shows it. Never a token, and nothing that the older backend left beside the session. */
export interface SessionView {
  readonly id: string;
  readonly ipAddress: string;
  /** The address that it was last used from, as far as uses are recorded. */
  readonly lastIpAddress: string;
  readonly userAgent: string;
  /** ISO 8601 UTC, as all times here. */
  readonly loginTime: string;
  readonly lastActivity: string;
  readonly expiresAt: string;
  readonly isCurrent: boolean;
  /** Where the last address is. */
  readonly location?: Location;
  /** `name` is what the person or the app calls it. */
  readonly device: Device & { readonly name?: string };
}

/** @param session a live one: the rule has found its times readable */
export function sessionView(session: StoredSession, currentSessionId: string | undefined): SessionView {
  const location = locationOf(session.locationData);
  const userAgent = text(session.userAgent);
  const name = text(session.deviceName);
  return {
    id: session.sessionId,
    ipAddress: text(session.ipAddress),
    lastIpAddress: lastAddress(session) ?? '',
    userAgent,
    loginTime: isoTime(readTime(session.loginTime) ?? readTime(session.createdAt) ?? 0),
    lastActivity: isoTime(lastUsed(session)),
    expiresAt: expiresAtOf(session),
    isCurrent: session.sessionId === currentSessionId,
    ...(location && { location }),
    device: { ...(name && { name }), ...deviceOf(userAgent) },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The older backend stored a location as a JSON string or as a map; what is neither is left out. */
export function locationOf(stored: unknown): SessionView['location'] {
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
