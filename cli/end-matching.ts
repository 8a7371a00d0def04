import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { printable } from '../command/printable';
import type { Calls } from '../lambda/aws/calls';
import { type Clock, isDenial, isTransient, retrying } from '../lambda/aws/retry';
import { ATTEMPTS, BACKOFF } from '../lambda/cleanup/batch-deleter';
import { type EndedSession, PROJECTION } from '../lambda/cleanup/evaluate-page';
import type { AdaptiveRateLimiter } from '../lambda/cleanup/rate-limiter';
import { Semaphore } from '../lambda/cleanup/semaphore';
import type { Selection } from '../lambda/cleanup/sweep';
import { CLOCK_MARGIN_MS, endOf, isoTime, lastAddress, lastUsed, type StoredSession } from '../lambda/domain/session';
import { fromItem } from '../lambda/dynamodb/client';
import { locationOf } from '../lambda/http/session-view';
import { deviceInWords, type SessionFilter } from './session-filter';

type Item = Record<string, AttributeValue>;

const SCAN = {
  ProjectionExpression: `${PROJECTION}, userId, ipAddress, lastIpAddress, userAgent, deviceName, locationData`,
};
/** A stage may have any maximum age: a session that is over by that alone counts as live here. */
const POLICY = { maxAgeDays: Number.POSITIVE_INFINITY };
/** The most writes that are under way at once. */
const CONCURRENT_MARKS = 128;
const SAMPLE = 10;

const sessionOf = fromItem<StoredSession>;
/** Also of a session that is over only just: by another machine's clock it may be live. */
const isOver = (session: StoredSession, now: number) => endOf(session, now - CLOCK_MARGIN_MS, POLICY) !== undefined;
const ended = (session: StoredSession): EndedSession => ({ sessionId: session.sessionId, end: { reason: 'inactive' } });

/** What a look through the table finds. */
export interface Found {
  matching: number;
  /** Of those, sessions whose address or country a criterion asked for, and nobody knows. */
  unplaced: number;
  /** Sessions that do not match only because their address or country is not known. */
  missed: number;
  /** Sessions that match and are over. */
  over: number;
  readonly sample: StoredSession[];
}

export const nothingFound = (): Found => ({ matching: 0, unplaced: 0, missed: 0, over: 0, sample: [] });

/** Counts the sessions that match. */
export function matchingOnly(filter: SessionFilter, clock: Clock, found: Found): Selection {
  const select = (items: readonly Item[]) =>
    items.map(sessionOf).flatMap((session) => {
      const now = clock.now();
      const { matches, isPlaceUnknown } = filter.match(session, now);
      const over = isOver(session, now);
      if (!over && !matches && isPlaceUnknown) found.missed++;
      if (!matches) return [];
      if (over) {
        found.over++;
        return [];
      }
      found.matching++;
      if (isPlaceUnknown) found.unplaced++;
      if (found.sample.length < SAMPLE) found.sample.push(session);
      return [ended(session)];
    });
  return { scan: SCAN, select };
}

export interface EndMatchingDeps {
  readonly calls: Pick<Calls, 'call'>;
  readonly tableName: string;
  readonly clock: Clock;
  readonly mayGoOn: () => boolean;
  /** Called for each session that has ended: its tokens are refused from here on. */
  readonly onEnd: () => void;
  readonly onFailure: (sessionId: string, cause: unknown) => void;
}

/**
 * Ends each session that matches, and hands it on to be deleted. The mark alone ends it, and keeps the reason for its
 * announcement. A mark is written only to the item that was decided about; if it has changed, the new one is decided about.
 */
export function endMatching(filter: SessionFilter, deps: EndMatchingDeps): Selection {
  const { calls, tableName, clock, mayGoOn, onEnd, onFailure } = deps;
  const slots = new Semaphore(CONCURRENT_MARKS);

  const isMeant = (session: StoredSession) => {
    const now = clock.now();
    return filter.match(session, now).matches && !isOver(session, now);
  };

  /** @returns what is stored instead, if it is not the same item any more; undefined if it is gone */
  async function mark(item: Item, limiter: AdaptiveRateLimiter): Promise<'marked' | 'stopped' | Item | undefined> {
    const updatedAt: AttributeValue = { S: isoTime(clock.now()) };
    // A use would have written a text. What else the older backend left there does not compare on every engine.
    const seen = item.lastActivity?.S;
    const isSame = seen === undefined ? 'NOT attribute_type(lastActivity, :seen)' : 'lastActivity = :seen';
    const input = {
      TableName: tableName,
      Key: { sessionId: item.sessionId },
      UpdateExpression: 'SET isActive = :ended, endReason = :reason, updatedAt = :now',
      ConditionExpression: `attribute_exists(sessionId) AND (attribute_not_exists(isActive) OR isActive <> :ended) AND ${isSame}`,
      ExpressionAttributeValues: {
        ':ended': { BOOL: false },
        ':reason': { S: 'requested' },
        ':now': updatedAt,
        ':seen': { S: seen ?? 'S' },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ReturnConsumedCapacity: 'TOTAL',
    };
    const send = async () => {
      if (!(await limiter.acquire(1, mayGoOn))) return 'stopped';
      try {
        const { ConsumedCapacity } = await calls.call<{ ConsumedCapacity?: { CapacityUnits?: number } }>(
          'UpdateItem',
          input,
        );
        limiter.report(1, 1, ConsumedCapacity?.CapacityUnits, false);
        return 'marked';
      } catch (error) {
        limiter.report(1, 0, 0, isTransient(error));
        throw error;
      }
    };
    try {
      const again = (error: unknown, attempt: number) => attempt < ATTEMPTS && isTransient(error) && mayGoOn();
      return await retrying(send, { again, clock, ...BACKOFF });
    } catch (error) {
      const { name, item: stored } = error as { name?: string; item?: Item };
      if (name !== 'ConditionalCheckFailedException') throw error;
      // The answer to an attempt that was carried out may have been lost.
      const isOurs = stored?.endReason?.S === 'requested' && stored.updatedAt?.S === updatedAt.S;
      return isOurs ? 'marked' : stored;
    }
  }

  async function end(item: Item, limiter: AdaptiveRateLimiter): Promise<EndedSession[]> {
    for (let current: Item | undefined = item; current; ) {
      const session = sessionOf(current);
      if (!isMeant(session)) break;
      const outcome = await mark(current, limiter);
      if (outcome === 'stopped') break;
      if (outcome === 'marked') {
        onEnd();
        return [ended(session)];
      }
      current = outcome;
    }
    return [];
  }

  async function endInTurn(item: Item, limiter: AdaptiveRateLimiter): Promise<EndedSession[]> {
    await slots.acquire();
    try {
      return await end(item, limiter);
    } catch (error) {
      // Nothing more would be allowed either.
      if (isDenial(error)) throw error;
      onFailure(item.sessionId?.S ?? '', error);
      return [];
    } finally {
      slots.release();
    }
  }

  return {
    scan: SCAN,
    select: async (items, limiter) => {
      const meant = items.filter((item) => isMeant(sessionOf(item)));
      return (await Promise.all(meant.map((item) => endInTurn(item, limiter)))).flat();
    },
  };
}

const COLUMNS = ['user', 'device', 'address', 'country', 'last used'] as const;
/** In characters. */
const WIDEST = 48;

/** The sessions as a table, to look at. */
export function sampleOf(sessions: readonly StoredSession[]): string {
  const rows = sessions.map((session) => [
    session.userId,
    session.deviceName ?? deviceInWords(session.userAgent),
    addressesOf(session),
    locationOf(session.locationData)?.country,
    isoTime(lastUsed(session)).replace(/:\d\d\.\d+Z$/, 'Z'),
  ]);
  const table = [COLUMNS, ...rows].map((row) => row.map((cell) => shown(cell)));
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

/** Also where it signed in: a criterion may have asked for either. */
function addressesOf(session: StoredSession): string | undefined {
  const { ipAddress } = session;
  const last = lastAddress(session);
  return typeof ipAddress === 'string' && ipAddress !== last ? `${last}, was ${ipAddress}` : last;
}

function shown(cell: unknown): string {
  const characters = [...(typeof cell === 'string' && cell !== '' ? printable(cell) : '-')];
  return characters.length > WIDEST ? `${characters.slice(0, WIDEST - 1).join('')}…` : characters.join('');
}
