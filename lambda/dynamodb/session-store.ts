import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BatchGetCommandOutput, BatchWriteCommandOutput, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { tryAgain } from '../domain/errors';
import type { StoredSession } from '../domain/session';
import type { SessionStore, SignInMark } from '../domain/store';
import { sending, whenConditionHolds } from './client';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  Documents,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from './documents';

export interface SessionTables {
  readonly sessions: string;
  /** The sessions table's index by `userId` and `createdAt`; keys are all that it has to project. */
  readonly userIndex: string;
  readonly signIns: string;
  /** Days for which a sign-in's refresh tokens can live: so long its mark is kept. */
  readonly signInDays: number;
}

const READS_IN_A_BATCH = 100;
const WRITES_IN_A_BATCH = 25;
const BATCH_ATTEMPTS = 5;
/** A refresh token's last access token outlives it by a day at most. */
const LAST_TOKEN_DAYS = 1;

export function dynamoSessionStore(client: DynamoDBClient, tables: SessionTables): SessionStore {
  const documents = new Documents(client);
  const { sessions, userIndex, signIns, signInDays } = tables;
  const written = (command: PutCommand | UpdateCommand | DeleteCommand): Promise<boolean> =>
    whenConditionHolds(() => documents.send<unknown>(command));
  const signInKey = (signIn: string) => ({ signInId: createHash('sha256').update(signIn).digest('base64url') });

  async function idsOf(userId: string): Promise<string[]> {
    const ids: string[] = [];
    let ExclusiveStartKey: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const query = new QueryCommand({
        TableName: sessions,
        IndexName: userIndex,
        KeyConditionExpression: 'userId = :user',
        ExpressionAttributeValues: { ':user': userId },
        ProjectionExpression: 'sessionId',
        ScanIndexForward: false,
        ExclusiveStartKey,
      });
      const page = await sending(() => documents.send(query));
      for (const { sessionId } of page.Items ?? []) ids.push(sessionId);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return ids;
  }

  async function readBatch(ids: readonly string[]): Promise<StoredSession[]> {
    const found: StoredSession[] = [];
    await untilProcessed(
      { [sessions]: { Keys: ids.map((sessionId) => ({ sessionId })), ConsistentRead: true } },
      async (RequestItems: BatchGetCommandOutput['UnprocessedKeys']) => {
        const reply = await documents.send(new BatchGetCommand({ RequestItems }));
        found.push(...((reply.Responses?.[sessions] ?? []) as StoredSession[]));
        return reply.UnprocessedKeys;
      },
    );
    return found;
  }

  return {
    idsOf,

    async find(sessionId) {
      const key = { TableName: sessions, Key: { sessionId }, ConsistentRead: true };
      return (await sending(() => documents.send(new GetCommand(key)))).Item as StoredSession | undefined;
    },

    async read(sessionIds, userId) {
      const items = await Promise.all(chunks(sessionIds, READS_IN_A_BATCH).map(readBatch));
      return items.flat().filter((item) => item.userId === userId);
    },

    create(session) {
      return written(
        new PutCommand({
          TableName: sessions,
          Item: session,
          ConditionExpression: 'attribute_not_exists(sessionId)',
        }),
      );
    },

    recordActivity({ sessionId, userId }, activity) {
      return written(
        new UpdateCommand({
          TableName: sessions,
          Key: { sessionId },
          UpdateExpression: 'SET lastActivity = :used, updatedAt = :updated, purgeAt = :purge',
          ConditionExpression: 'userId = :user AND (attribute_not_exists(isActive) OR isActive <> :ended)',
          ExpressionAttributeValues: {
            ':used': activity.lastActivity,
            ':updated': activity.updatedAt,
            ':purge': activity.purgeAt,
            ':user': userId,
            ':ended': false,
          },
        }),
      );
    },

    delete(sessionId, userId) {
      return written(
        new DeleteCommand({
          TableName: sessions,
          Key: { sessionId },
          ConditionExpression: 'userId = :user',
          ExpressionAttributeValues: { ':user': userId },
        }),
      );
    },

    markEnded(sessionId, userId, reason, signedInBy) {
      return written(
        new UpdateCommand({
          TableName: sessions,
          Key: { sessionId },
          UpdateExpression: 'SET isActive = :ended, endReason = :reason, updatedAt = :now',
          ConditionExpression: 'userId = :user AND (attribute_not_exists(purgeAt) OR loginTime <= :time)',
          ExpressionAttributeValues: {
            ':ended': false,
            ':reason': reason,
            ':now': new Date().toISOString(),
            ':user': userId,
            ':time': new Date(Math.floor(signedInBy / 1_000) * 1_000).toISOString(),
          },
        }),
      );
    },

    async deleteOver(sessionIds) {
      const batches = chunks(sessionIds, WRITES_IN_A_BATCH).map((ids) =>
        untilProcessed(
          { [sessions]: ids.map((sessionId) => ({ DeleteRequest: { Key: { sessionId } } })) },
          async (RequestItems: BatchWriteCommandOutput['UnprocessedItems']) =>
            (await documents.send(new BatchWriteCommand({ RequestItems }))).UnprocessedItems,
        ),
      );
      await Promise.all(batches);
    },

    markSignIn(signIn, { registeredAt, registration }) {
      return written(
        new PutCommand({
          TableName: signIns,
          Item: {
            ...signInKey(signIn),
            registeredAt,
            registration,
            purgeAt: Math.ceil(registeredAt / 1_000) + (signInDays + LAST_TOKEN_DAYS) * 86_400,
          },
          // A mark whose reply was lost is the same registration's own when it is sent again.
          ConditionExpression: 'attribute_not_exists(signInId) OR registration = :registration',
          ExpressionAttributeValues: { ':registration': registration },
        }),
      );
    },

    async findSignIn(signIn) {
      const key = { TableName: signIns, Key: signInKey(signIn), ConsistentRead: true };
      return (await sending(() => documents.send(new GetCommand(key)))).Item as SignInMark | undefined;
    },

    async hasRegistered(signInId) {
      const key = { TableName: signIns, Key: signInKey(signInId), ConsistentRead: true };
      return (await sending(() => documents.send(new GetCommand(key)))).Item !== undefined;
    },

    async unmarkSignIn(signIn, registration) {
      await written(
        new DeleteCommand({
          TableName: signIns,
          Key: signInKey(signIn),
          ConditionExpression: 'registration = :registration',
          ExpressionAttributeValues: { ':registration': registration },
        }),
      );
    },
  };
}

/** Sends a batch, and what the table left unprocessed again with backoff and jitter. */
async function untilProcessed<T extends Record<string, unknown>>(
  batch: T,
  send: (batch: T) => Promise<T | undefined>,
): Promise<void> {
  let rest: T | undefined = batch;
  for (let attempt = 0; rest && Object.keys(rest).length > 0; attempt++) {
    if (attempt === BATCH_ATTEMPTS) throw tryAgain(new Error('The table keeps leaving a batch unprocessed.'));
    if (attempt > 0) await sleep(Math.random() * 50 * 2 ** attempt);
    const now: T = rest;
    rest = await sending(() => send(now));
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
