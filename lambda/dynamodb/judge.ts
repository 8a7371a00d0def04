import type { AttributeValue, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { COUNTED_AS } from '../domain/cleanup';
import { DEFAULT_POLICY, type End, endOf, isoTime, type Policy, type StoredSession } from '../domain/session';
import type { Ended } from './batch-deleter';

/** By what sessions are judged. */
export interface Standard {
  /** Over at this instant, epoch milliseconds. */
  readonly asOf: number;
  readonly policy?: Policy;
}

type CountedAs = (typeof COUNTED_AS)[keyof typeof COUNTED_AS];

/** What became of a page's sessions. */
export interface Judgement {
  /** Those that are over. */
  readonly ended: readonly Ended[];
  /** How many of them, by what they count as. */
  readonly counts: ReadonlyMap<CountedAs, number>;
}

const DAY_MS = 86_400_000;

/** The attributes that the rule asks for. */
const RULE_ATTRIBUTES = ['isActive', 'createdAt', 'loginTime', 'lastActivity', 'expiresAt', 'sessionTimeout'] as const;

/**
 * What to ask the table for: the rule's attributes, of the items that may be over. The filter is the part of the rule
 * that the table can apply itself, so that live sessions need not be sent: everything that is over passes it. An item
 * without `purgeAt` is the older backend's and is always looked at here; with one, its idle time is in it. A "what
 * if" idle timeout changes the very time that `purgeAt` was made of, so nothing is filtered then; another maximum age
 * does not, as long as the table can compare `createdAt`.
 */
export function candidates({ asOf, policy = DEFAULT_POLICY }: Standard): Partial<ScanCommandInput> {
  const ProjectionExpression = ['sessionId', ...RULE_ATTRIBUTES].join(', ');
  if (policy.idleMinutes !== undefined) return { ProjectionExpression };
  return {
    ProjectionExpression,
    FilterExpression:
      'attribute_not_exists(purgeAt) OR purgeAt <= :second OR isActive = :false OR expiresAt <= :time OR createdAt <= :oldest OR NOT attribute_type(createdAt, :text)',
    ExpressionAttributeValues: {
      // A purgeAt is rounded up: one within the second may be over already.
      ':second': { N: String(Math.ceil(asOf / 1_000)) },
      ':false': { BOOL: false },
      ':time': { S: isoTime(asOf) },
      ':oldest': { S: isoTime(asOf - policy.maxAgeDays * DAY_MS) },
      ':text': { S: 'S' },
    },
  };
}

/**
 * Applies the rule to a page as it came.
 * @param onOver told of each session that is over
 */
export function judge(
  items: readonly Record<string, AttributeValue>[],
  { asOf, policy }: Standard,
  onOver?: (session: StoredSession, end: End) => void,
): Judgement {
  const counts = new Map<CountedAs, number>();
  const ended: Ended[] = [];
  for (const item of items) {
    const session = readItem(item);
    const end = endOf(session, asOf, policy);
    if (!end) continue;
    const counted = COUNTED_AS[end.reason];
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
    ended.push({ sessionId: session.sessionId, endedAt: end.at });
    onOver?.(session, end);
  }
  return { ended, counts };
}

/** Reads what the rule asks for. */
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

/** What is neither text, number nor flag is as good as absent to the rule. */
function readValue(value: AttributeValue | undefined): unknown {
  if (value === undefined) return undefined;
  return value.S ?? value.BOOL ?? (value.N === undefined ? undefined : Number(value.N));
}
