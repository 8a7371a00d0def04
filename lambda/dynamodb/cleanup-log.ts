import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CleanupLog, isOpen, type RecordedRun } from '../domain/cleanup-log';
import { tryAgain } from '../domain/errors';
import { isoTime } from '../domain/session';
import { sending, whenConditionHolds } from './client';
import { Documents, GetCommand, PutCommand, QueryCommand } from './documents';

/** One partition for all: a few writes a day, read as a whole. */
const KIND = 'cleanup';
/** The one place of the requested count, so that a condition can say that it is free. It sorts after any time. */
const REQUESTED = 'requested';
const MOST_SCHEDULED = 30;
const KEPT_SECONDS = 90 * 86_400;

const keyOf = ({ id, requestedBy, startedAt }: RecordedRun) => ({
  kind: KIND,
  slot: requestedBy === undefined ? `${isoTime(startedAt)} ${id}` : REQUESTED,
});

/** The cleanup's runs in their table: `kind` and `slot` are its keys. */
export function dynamoCleanupLog(client: DynamoDBClient, tableName: string): CleanupLog {
  const documents = new Documents(client);
  const put = (run: RecordedRun) => ({
    TableName: tableName,
    Item: { ...run, ...keyOf(run), purgeAt: Math.ceil(run.startedAt / 1_000) + KEPT_SECONDS },
  });

  return {
    async latest() {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': KIND },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: MOST_SCHEDULED + 1,
      });
      const { Items = [] } = await sending(() => documents.send(query));
      return (Items as RecordedRun[]).sort((a, b) => b.startedAt - a.startedAt);
    },

    async request(run, now) {
      const isFree = 'attribute_not_exists(id) OR NOT (#state IN (:requested, :running)) OR deadline <= :now';
      const command = new PutCommand({
        ...put(run),
        ConditionExpression: isFree,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':requested': 'requested', ':running': 'running', ':now': now },
      });
      if (await whenConditionHolds(() => documents.send(command))) return run;
      const get = new GetCommand({ TableName: tableName, Key: keyOf(run), ConsistentRead: true });
      const other = (await sending(() => documents.send(get))).Item as RecordedRun | undefined;
      // It has come to its end just now: asked again, this one begins.
      if (!other || !isOpen(other, now)) throw tryAgain(new Error('Another count ended while this one was recorded.'));
      return other;
    },

    record(run) {
      const isOurs = {
        ConditionExpression: 'id = :id AND (#state = :requested OR execution = :execution)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':id': run.id, ':requested': 'requested', ':execution': run.execution },
      };
      const command = new PutCommand({ ...put(run), ...(run.requestedBy !== undefined && isOurs) });
      return whenConditionHolds(() => documents.send(command));
    },
  };
}
