import type { GetItemCommandOutput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Calls } from '../aws/calls';
import { type CleanupLog, isOpen, type RecordedRun } from '../domain/cleanup-log';
import { tryAgain } from '../domain/errors';
import { isoTime } from '../domain/session';
import { conditionHolds, mapErrors } from '../dynamodb/client';

/** One partition for all: a few writes a day, read as a whole. */
const KIND = 'cleanup';
/** The one place of the requested dry run, so that a condition can say that it is free. It sorts after any time. */
const REQUESTED = 'requested';
const MOST_SCHEDULED = 30;
const KEPT_SECONDS = 90 * 86_400;

/** An item, or a part of one, in DynamoDB's JSON. */
const toItem = (value: object) => marshall(value, { removeUndefinedValues: true });

const keyOf = ({ id, requestedBy, startedAt }: RecordedRun) => ({
  kind: KIND,
  slot: requestedBy === undefined ? `${isoTime(startedAt)} ${id}` : REQUESTED,
});

/** The cleanup's runs in their table: `kind` and `slot` are its keys. */
export function dynamoCleanupLog(client: Pick<Calls, 'call'>, tableName: string): CleanupLog {
  const put = (run: RecordedRun, condition: object) =>
    conditionHolds(
      client.call('PutItem', {
        TableName: tableName,
        Item: toItem({ ...run, ...keyOf(run), purgeAt: Math.ceil(run.startedAt / 1_000) + KEPT_SECONDS }),
        ...condition,
      }),
    );

  return {
    async latest() {
      const query = {
        TableName: tableName,
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: toItem({ ':kind': KIND }),
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: MOST_SCHEDULED + 1,
      };
      const { Items = [] } = await mapErrors(client.call<QueryCommandOutput>('Query', query));
      return Items.map((item) => unmarshall(item) as RecordedRun).sort((a, b) => b.startedAt - a.startedAt);
    },

    async request(run, now) {
      const isFree = {
        ConditionExpression: 'attribute_not_exists(id) OR NOT (#state IN (:requested, :running)) OR deadline <= :now',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: toItem({ ':requested': 'requested', ':running': 'running', ':now': now }),
      };
      if (await put(run, isFree)) return run;
      const get = { TableName: tableName, Key: toItem(keyOf(run)), ConsistentRead: true };
      const { Item } = await mapErrors(client.call<GetItemCommandOutput>('GetItem', get));
      const other = Item && (unmarshall(Item) as RecordedRun);
      // It ended just now: if the caller asks again, theirs begins.
      if (!other || !isOpen(other, now))
        throw tryAgain(new Error('Another dry run ended while this one was recorded.'));
      return other;
    },

    record(run) {
      if (run.requestedBy === undefined) return put(run, {});
      return put(run, {
        ConditionExpression: 'id = :id AND (#state = :requested OR execution = :execution)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: toItem({ ':id': run.id, ':requested': 'requested', ':execution': run.execution }),
      });
    },
  };
}
