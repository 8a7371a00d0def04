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

/** A line without the session's id, which has the hash in its place. */
const withHash = ({ sessionId, ...line }: CompletionLine | SecurityEvent) => ({
  ...line,
  ...(sessionId !== undefined && { session: hashed(sessionId) }),
});

/** Logs a request's one line; the cause goes only here, never into the answer. */
export function logCompletion(line: CompletionLine, cause?: unknown): void {
  const error = cause === undefined || cause instanceof Error ? cause : new Error(String(cause));
  if (line.status >= 500) logger.error('request', { ...withHash(line), ...(error && { error }) });
  else logger.info('request', withHash(line));
}

const ORDINARY: readonly SecurityEventName[] = ['session_created', 'session_renewed', 'session_expired'];

/** Logs a security event: a warning, unless it is a session's ordinary life. */
export function logSecurityEvent(line: SecurityEvent): void {
  logger[ORDINARY.includes(line.event) ? 'info' : 'warn']('security', withHash(line));
}
