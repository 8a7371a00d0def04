import type { AttributeValue, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { type End, endOf, isoTime, type Policy, type StoredSession } from '../domain/session';

/** What decides whether a session is over. */
export interface SweepCriteria {
  /** Over at this instant, epoch milliseconds. */
  readonly asOf: number;
  readonly policy: Policy;
}

/** A session that is over, and what became of it; it has no outcome if there was no time to delete it. */
export interface EndedSession {
  readonly sessionId: string;
  readonly end: End;
  outcome?: 'deleted' | 'failed';
}

const DAY_SECONDS = 86_400;

/** The attributes that the rule needs. */
export const PROJECTION = 'sessionId, isActive, createdAt, loginTime, lastActivity, expiresAt, sessionTimeout';

/**
 * What to ask the table for: the rule's attributes of the items that may be over. The filter is the part of the rule
 * that the table can apply itself, so that live sessions need not be sent. `purgeAt` is believed only if it is a number
 * of seconds that this backend could have written: an item with any other one, or with none, is read and the rule
 * decides. A "what if" idle timeout changes the time that `purgeAt` was computed from, so nothing is filtered then.
 */
export function scanFilter({ asOf, policy }: SweepCriteria): Partial<ScanCommandInput> {
  if (policy.idleMinutes !== undefined) return { ProjectionExpression: PROJECTION };
  // A purgeAt is rounded up: one within the second may be over already.
  const second = Math.ceil(asOf / 1_000);
  const maxAgeSeconds = policy.maxAgeDays * DAY_SECONDS;
  return {
    ProjectionExpression: PROJECTION,
    FilterExpression:
      'NOT attribute_type(purgeAt, :number) OR purgeAt <= :second OR purgeAt > :furthest OR isActive = :false OR expiresAt <= :time OR createdAt <= :oldest OR NOT attribute_type(createdAt, :text)',
    ExpressionAttributeValues: {
      ':number': { S: 'N' },
      ':second': { N: String(second) },
      ':furthest': { N: String(second + maxAgeSeconds) },
      ':false': { BOOL: false },
      ':time': { S: isoTime(asOf) },
      ':oldest': { S: isoTime(asOf - maxAgeSeconds * 1_000) },
      ':text': { S: 'S' },
    },
  };
}

/** Applies the rule to the items of a page. */
export function evaluatePage(
  items: readonly Record<string, AttributeValue>[],
  { asOf, policy }: SweepCriteria,
): EndedSession[] {
  const ended: EndedSession[] = [];
  for (const item of items) {
    const session = readItem(item);
    const end = endOf(session, asOf, policy);
    if (end) ended.push({ sessionId: session.sessionId, end, outcome: undefined });
  }
  return ended;
}

/** Reads what the rule needs. */
export const readItem = (item: Record<string, AttributeValue>): StoredSession => ({
  sessionId: item.sessionId?.S ?? '',
  userId: '',
  isActive: readValue(item.isActive),
  createdAt: readValue(item.createdAt),
  loginTime: readValue(item.loginTime),
  lastActivity: readValue(item.lastActivity),
  expiresAt: readValue(item.expiresAt),
  sessionTimeout: readValue(item.sessionTimeout),
});

/** To the rule, a value that is no text, number or flag is absent. */
function readValue(value: AttributeValue | undefined): unknown {
  if (value === undefined) return undefined;
  return value.S ?? value.BOOL ?? (value.N === undefined ? undefined : Number(value.N));
}
