import type { GetItemCommandOutput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Calls } from '../aws/calls';
import { tryAgain } from '../domain/errors';
import { isoTime } from '../domain/session';
import { conditionHolds, mapErrors, toItem } from '../dynamodb/client';
import { isOpen, type RecordedRun } from './recorded-run';

/** One partition for all: a few writes a day, read as a whole. */
const KIND = 'cleanup';
/** The slot of the requested dry run. There is one, so that a condition can say that it is free. It sorts after any time. */
const REQUESTED = 'requested';
const MOST_SCHEDULED = 30;
const KEPT_DAYS = 90;
/** A requested dry run that has not begun by then never will: its event is dropped after half of that time. */
const BEGINS_WITHIN_MS = 600_000;

const keyOf = ({ id, requestedBy, startedAt }: RecordedRun) => ({
  kind: KIND,
  slot: requestedBy === undefined ? `${isoTime(startedAt)} ${id}` : REQUESTED,
});

/** The recorded runs of the cleanup, in their table with the keys `kind` and `slot`. It throws as the session store does. */
export class RunLog {
  constructor(
    private readonly calls: Pick<Calls, 'call' | 'until'>,
    private readonly tableName: string,
  ) {}

  /** The same log, all of whose calls come to an end by an instant, epoch milliseconds: for one request. */
  until(deadline: number): RunLog {
    return new RunLog(this.calls.until(deadline), this.tableName);
  }

  /** The latest scheduled runs and the latest requested dry run, newest first. */
  async latest(): Promise<RecordedRun[]> {
    const query = {
      TableName: this.tableName,
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: toItem({ ':kind': KIND }),
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: MOST_SCHEDULED + 1,
    };
    const { Items = [] } = await mapErrors(this.calls.call<QueryCommandOutput>('Query', query));
    return Items.map((item) => unmarshall(item) as RecordedRun).sort((a, b) => b.startedAt - a.startedAt);
  }

  /**
   * Records a requested dry run, unless another one is requested or running.
   * @returns the one that is recorded: this one or the other
   */
  async request(run: RecordedRun & { readonly requestedBy: string }, now: number): Promise<RecordedRun> {
    const isFree = {
      ConditionExpression: 'attribute_not_exists(id) OR NOT (#state IN (:requested, :running)) OR deadline <= :now',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: toItem({ ':requested': 'requested', ':running': 'running', ':now': now }),
    };
    if (await this.put(run, isFree)) return run;
    const get = { TableName: this.tableName, Key: toItem(keyOf(run)), ConsistentRead: true };
    const { Item } = await mapErrors(this.calls.call<GetItemCommandOutput>('GetItem', get));
    const other = Item && (unmarshall(Item) as RecordedRun);
    // The other one ended between the two calls. The slot is free for the next request.
    if (!other || !isOpen(other, now)) throw tryAgain(new Error('Another dry run ended while this one was recorded.'));
    return other;
  }

  /**
   * Writes a run's state. Repeating it changes nothing.
   * @returns false for a requested dry run that another execution does, or that is no longer the requested one
   */
  record(run: RecordedRun): Promise<boolean> {
    if (run.requestedBy === undefined) return this.put(run, {});
    return this.put(run, {
      ConditionExpression: 'id = :id AND (#state = :requested OR execution = :execution)',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: toItem({ ':id': run.id, ':requested': 'requested', ':execution': run.execution }),
    });
  }

  private put(run: RecordedRun, condition: object): Promise<boolean> {
    const Item = toItem({ ...run, ...keyOf(run), purgeAt: Math.ceil(run.startedAt / 1_000) + KEPT_DAYS * 86_400 });
    return conditionHolds(this.calls.call('PutItem', { TableName: this.tableName, Item, ...condition }));
  }
}

/** Puts an event on the bus. */
type Publish = (events: readonly { readonly time: number; readonly detail: object }[]) => Promise<void>;

/**
 * Requests a dry run: records it, and sends it to the cleanup. While one is requested or running, a further request gets
 * that one.
 */
export async function requestDryRun(
  { log, publish }: { readonly log: RunLog; readonly publish: Publish },
  { id, requestedBy, now }: { readonly id: string; readonly requestedBy: string; readonly now: number },
): Promise<RecordedRun> {
  const asked = { id, requestedBy, state: 'requested', dryRun: true, startedAt: now } as const;
  const run = await log.request({ ...asked, deadline: now + BEGINS_WITHIN_MS }, now);
  // Another admin's run is sent again too: their request may have failed at this point. A run begins only once.
  if (run.state === 'requested') {
    const detail = { dryRun: true, runId: run.id, requestedBy: run.requestedBy };
    await publish([{ time: run.startedAt, detail }]).catch((error) => Promise.reject(tryAgain(error)));
  }
  return run;
}
