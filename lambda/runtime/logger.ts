import { createHash } from 'node:crypto';
import type { SecurityEvent, SecurityEventName } from '../http/audit';
import type { CompletionLine } from '../http/route';

type Details = Readonly<Record<string, unknown>>;

/** An error as plain values. Its own fields besides these, and a cause that is no error, may hold a whole request. */
function plain(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, code: Object(value).code, ...(cause instanceof Error && { cause }) };
}

const writing =
  (level: 'INFO' | 'WARN' | 'ERROR') =>
  (message: string, details: Details = {}): void => {
    const line = { level, message, timestamp: new Date(), service: process.env.POWERTOOLS_SERVICE_NAME, ...details };
    // Past the console, which on Lambda would wrap a line of JSON in another.
    process.stdout.write(`${JSON.stringify(line, plain)}\n`);
  };

/** Writes a line of JSON each. */
export const logger = { info: writing('INFO'), warn: writing('WARN'), error: writing('ERROR') };

/** Names a session in a log without giving away an id that a request could be sent with. */
export const hashed = (sessionId: string): string => createHash('sha256').update(sessionId).digest('hex').slice(0, 16);

/** Logs a request's one line; the cause goes only here, never into the answer. */
export function logCompletion({ sessionId, ...line }: CompletionLine, cause?: unknown): void {
  const details = { ...line, ...(sessionId !== undefined && { session: hashed(sessionId) }) };
  const error = cause instanceof Error ? cause : cause === undefined ? undefined : new Error(String(cause));
  if (line.status >= 500) logger.error('request', { ...details, ...(error && { error }) });
  else logger.info('request', details);
}

const ORDINARY: readonly SecurityEventName[] = ['session_created', 'session_renewed', 'session_expired'];

/** Logs a security event: one line, a warning where it is more than a session's ordinary life. */
export function logSecurityEvent({ sessionId, ...line }: SecurityEvent): void {
  const details = { ...line, ...(sessionId !== undefined && { session: hashed(sessionId) }) };
  if (ORDINARY.includes(line.event)) logger.info('security', details);
  else logger.warn('security', details);
}
