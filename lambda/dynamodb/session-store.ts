import { randomUUID } from 'node:crypto';
import type {
  AttributeValue,
  BatchGetItemCommandOutput,
  GetItemCommandOutput,
  QueryCommandOutput,
  TransactGetItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import { retrying } from '../aws/retry';
import { tryAgain } from '../domain/errors';
import { isoTime, type StoredSession } from '../domain/session';
import type { SessionList, SessionStore } from '../domain/store';
import { conditionHolds, digest, fromItem, mapErrors, toItem } from './client';

export interface SessionTables {
  readonly sessions: string;
  /** The sessions table's index by `userId` and `createdAt`; keys are all that it has to project. */
  readonly userIndex: string;
  readonly signIns: string;
  /** Days for which a sign-in's refresh tokens can live: its mark is kept as long. */
  readonly signInDays: number;
}

export interface DynamoSessionStore extends SessionStore {
  /** The same store for one request, with a deadline for all its calls, epoch milliseconds. */
  until(deadline: number): SessionStore;
}

type Item = Record<string, AttributeValue>;

const READS_IN_A_BATCH = 100;
/** A refresh token's last access token outlives it by a day at most. */
const LAST_TOKEN_DAYS = 1;
const DAY_SECONDS = 86_400;

export function dynamoSessionStore(
  calls: Pick<Calls, 'call' | 'until' | 'clock'>,
  tables: SessionTables,
): DynamoSessionStore {
  const { sessions, userIndex, signIns, signInDays } = tables;
  const call = <Output extends object>(operation: string, input: object) =>
    mapErrors(calls.call<Output>(operation, input));
  const writes = (operation: string, input: object) => conditionHolds(calls.call(operation, input));
  const sessionKey = (sessionId: string) => ({ TableName: sessions, Key: toItem({ sessionId }) });
  const markKey = (signInId: string) => ({ TableName: signIns, Key: toItem({ signInId: digest(signInId) }) });
  /** A digest has no colon: no sign-in's mark is ever under this key. */
  const listKey = (userId: string) => `user:${digest(userId)}`;

  /** Of a sign-in: only a hash of its id, and until when it is kept. */
  const putMark = (signInId: string, now: number) => ({
    TableName: signIns,
    Item: toItem({
      signInId: digest(signInId),
      markedAt: now,
      purgeAt: Math.ceil(now / 1_000) + (signInDays + LAST_TOKEN_DAYS) * DAY_SECONDS,
    }),
    ConditionExpression: 'attribute_not_exists(signInId)',
  });
  /** @param changes what is undefined is removed */
  const update = (sessionId: string, changes: object, ConditionExpression: string, values: object) => {
    const entries = Object.entries(changes);
    const set = entries.filter(([, value]) => value !== undefined).map(([name]) => `${name} = :${name}`);
    const removed = entries.filter(([, value]) => value === undefined).map(([name]) => name);
    return writes('UpdateItem', {
      ...sessionKey(sessionId),
      UpdateExpression: `SET ${set}${removed.length > 0 ? ` REMOVE ${removed}` : ''}`,
      ConditionExpression,
      ExpressionAttributeValues: toItem({
        ...Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
        ...values,
      }),
    });
  };
  const deleteOf = (sessionId: string, userId: string) => ({
    ...sessionKey(sessionId),
    ConditionExpression: 'userId = :user',
    ExpressionAttributeValues: toItem({ ':user': userId }),
  });
  const putList = (userId: string, before: SessionList | undefined, after: Omit<SessionList, 'version'>) => ({
    TableName: signIns,
    Item: toItem({ signInId: listKey(userId), ...after, version: randomUUID() }),
    ConditionExpression: before ? '#version = :version' : 'attribute_not_exists(signInId)',
    ...(before && {
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: toItem({ ':version': before.version }),
    }),
  });

  /** All or nothing. The token makes every attempt the same transaction. */
  const transact = (TransactItems: object[]) =>
    writes('TransactWriteItems', { TransactItems, ClientRequestToken: randomUUID() });

  /** Reads up to 100 items of a table, strongly consistent; what is left unprocessed is asked for again. */
  async function readBatch(table: string, keys: object[]): Promise<Item[]> {
    const found: Item[] = [];
    const unprocessed = tryAgain(new Error('The table left a part of the batch unprocessed in every attempt.'));
    let RequestItems: object = { [table]: { Keys: keys.map(toItem), ConsistentRead: true } };
    const isUnprocessed = (error: unknown, attempt: number) => error === unprocessed && attempt < 5;
    await retrying(
      async () => {
        const reply = await call<BatchGetItemCommandOutput>('BatchGetItem', { RequestItems });
        found.push(...(reply.Responses?.[table] ?? []));
        RequestItems = reply.UnprocessedKeys ?? {};
        if (Object.keys(RequestItems).length > 0) throw unprocessed;
      },
      { again: isUnprocessed, base: 25, cap: 500, clock: calls.clock },
    );
    return found;
  }

  return {
    until: (deadline) => dynamoSessionStore(calls.until(deadline), tables),

    async find(sessionId) {
      const input = { ...sessionKey(sessionId), ConsistentRead: true };
      const { Item } = await call<GetItemCommandOutput>('GetItem', input);
      return Item && fromItem(Item);
    },

    async idsOf(userId, atMost = Number.POSITIVE_INFINITY) {
      const ids: string[] = [];
      let ExclusiveStartKey: QueryCommandOutput['LastEvaluatedKey'];
      do {
        const page: QueryCommandOutput = await call('Query', {
          TableName: sessions,
          IndexName: userIndex,
          KeyConditionExpression: 'userId = :user',
          ExpressionAttributeValues: toItem({ ':user': userId }),
          ProjectionExpression: 'sessionId',
          ScanIndexForward: false,
          ExclusiveStartKey,
          ...(Number.isFinite(atMost) && { Limit: atMost - ids.length }),
        });
        for (const item of page.Items ?? []) ids.push(fromItem<StoredSession>(item).sessionId);
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey && ids.length < atMost);
      return ids;
    },

    async read(sessionIds, userId) {
      const keys = sessionIds.map((sessionId) => ({ sessionId }));
      const batches = Array.from({ length: Math.ceil(keys.length / READS_IN_A_BATCH) }, (_, index) =>
        readBatch(sessions, keys.slice(index * READS_IN_A_BATCH, (index + 1) * READS_IN_A_BATCH)),
      );
      const items = (await Promise.all(batches)).flat().map((item) => fromItem<StoredSession>(item));
      return items.filter((item) => item.userId === userId);
    },

    recordActivity({ sessionId, userId }, { move, ...times }) {
      // Without a known place for the new address, that of the one before goes.
      const activity = { ...times, ...(move && { locationData: undefined, ...move }) };
      const isOpen = 'userId = :user AND (attribute_not_exists(isActive) OR isActive <> :ended)';
      return update(sessionId, activity, isOpen, { ':user': userId, ':ended': false });
    },

    delete(sessionId, userId) {
      const input = { ...deleteOf(sessionId, userId), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
      // A delete whose answer was lost finds nothing when it is sent again. It is ours, not one that came too late.
      return conditionHolds(
        calls.call('DeleteItem', input),
        ({ mayBeRepeated, item }) => mayBeRepeated === true && !item,
      );
    },

    markRevoked(sessionId, userId, reason, signedInBy, now) {
      // An item of the older backend has no time of a sign-in to compare with.
      const isUpTo = 'userId = :user AND (attribute_not_exists(purgeAt) OR loginTime <= :signedInBy)';
      const latest = isoTime(Math.floor(signedInBy / 1_000) * 1_000);
      const marked = { isActive: false, endReason: reason, updatedAt: isoTime(now) };
      return update(sessionId, marked, isUpTo, { ':user': userId, ':signedInBy': latest });
    },

    register(session, now, list) {
      return transact([
        { Put: putMark(session.sessionId, now) },
        {
          Put: {
            TableName: sessions,
            Item: toItem(session),
            ConditionExpression: 'attribute_not_exists(sessionId)',
          },
        },
        ...(list ? [{ Put: putList(session.userId, list.before, list.after) }] : []),
        ...(list?.ended ?? []).map((sessionId) => ({ Delete: deleteOf(sessionId, session.userId) })),
      ]);
    },

    async findRegistration(signInId) {
      const TransactItems = [markKey(signInId), sessionKey(signInId)].map((Get) => ({ Get }));
      const { Responses } = await call<TransactGetItemsCommandOutput>('TransactGetItems', { TransactItems });
      const [mark, session] = Responses ?? [];
      return { isMarked: mark?.Item !== undefined, session: session?.Item && fromItem<StoredSession>(session.Item) };
    },

    async findList(signInId, userId) {
      const items = await readBatch(signIns, [{ signInId: digest(signInId) }, { signInId: listKey(userId) }]);
      const isList = (item: Item) => item.signInId?.S === listKey(userId);
      const list = items.find(isList);
      return { isMarked: items.some((item) => !isList(item)), list: list && fromItem<SessionList>(list) };
    },

    closeSignIn(signInId, userId, now, olderSessionId) {
      const mark = putMark(signInId, now);
      if (olderSessionId === undefined) return writes('PutItem', mark);
      // If another request has deleted the item, that is as good. Only a mark that exists fails this transaction.
      const isOlder = 'attribute_not_exists(sessionId) OR (userId = :user AND attribute_not_exists(purgeAt))';
      const older = { ...deleteOf(olderSessionId, userId), ConditionExpression: isOlder };
      return transact([{ Put: mark }, { Delete: older }]);
    },
  };
}
