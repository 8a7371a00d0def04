import { createHash } from 'node:crypto';
import type { Position } from '../domain/list';
import { invalid } from './request';

/**
 * A position in a list as opaque text. It grants nothing: the list is read as the caller. Its check sum makes a changed
 * cursor, or one of another user's list, an error instead of a wrong page.
 */
export function toCursor(userId: string, { lastUsed, sessionId }: Position): string {
  const position = `${lastUsed} ${sessionId}`;
  return Buffer.from(`${checkSum(userId, position)} ${position}`).toString('base64url');
}

/** @throws a refusal when it is not a cursor of this user's list */
export function fromCursor(userId: string, cursor: string): Position {
  const [sum, lastUsed, ...id] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const sessionId = id.join(' ');
  if (!lastUsed || sum !== checkSum(userId, `${lastUsed} ${sessionId}`)) {
    throw invalid('Invalid cursor for this list. Pass nextCursor unchanged, or omit it to start over.');
  }
  return { lastUsed: Number(lastUsed), sessionId };
}

const checkSum = (userId: string, position: string) =>
  createHash('sha256').update(`${userId} ${position}`).digest('base64url').slice(0, 12);
