import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../command/problem';
import type { DeadLetters } from './dead-letters';
import type { Change } from './engine-store';
import type { Functions } from './functions';
import { REGION, type Template } from './template';

const ATTEMPTS = 5;
/** Lambda looks for records in a stream four times a second; so removals of the same moment go together. */
const POLL_MS = 250;
const EVENT_NAMES = ['INSERT', 'REMOVE'];

/** The template's change streams, as far as new and removed items go: delivered in order, in batches, again when it failed. */
export interface Streams {
  /** Told of each item that was written. */
  readonly changed: (change: Change) => void;
  /** Connects them to the functions: those need the database, which needs this. */
  readonly deliverTo: (functions: Functions) => void;
  /** Resolves when everything is delivered. Nothing waits for its time any longer. */
  readonly stop: () => Promise<void>;
}

interface StreamRecord {
  readonly eventSourceARN: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export function localStreams(template: Template, deadLetters: DeadLetters): Streams {
  const tables = new Map(
    template
      .all('AWS::DynamoDB::Table')
      .filter(([, { StreamSpecification }]) => StreamSpecification)
      .map(([, table]) => [`table/${table.TableName}/stream/local`, table]),
  );
  const mappings = template.all('AWS::Lambda::EventSourceMapping').map(([id, mapping]) => {
    const { EventSourceArn, FunctionName, BatchSize = 100, FilterCriteria, DestinationConfig } = mapping;
    const table = tables.get(EventSourceArn.split(':')[5]);
    const eventNames = eventNamesOf(FilterCriteria);
    if (!table || !eventNames) {
      throw new Problem(
        `The local run supports only streams of what is put into a table or removed from it; ${id} is something else.`,
      );
    }
    return {
      eventNames,
      tableName: table.TableName as string,
      keys: table.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName) as string[],
      viewType: table.StreamSpecification.StreamViewType as string,
      functionArn: String(FunctionName),
      batchSize: Number(BatchSize),
      queueArn: DestinationConfig?.OnFailure?.Destination as string | undefined,
      arn: EventSourceArn as string,
    };
  });
  const waiting = new Map(mappings.map(({ functionArn }) => [functionArn, [] as StreamRecord[]]));
  const delivering = new Map<string, Promise<void>>();
  let functions: Functions | undefined;
  let sequence = 0;
  const stopping = new AbortController();
  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);

  return {
    deliverTo(connected) {
      functions = connected;
    },
    changed({ tableName, before, after }) {
      // Of all that happens to an item, the mappings ask for its beginning and its end only.
      const item = before ?? after;
      if (!item || (before && after)) return;
      const eventName = before ? 'REMOVE' : 'INSERT';
      for (const { functionArn, batchSize, queueArn, arn, keys, viewType } of mappings.filter(
        (one) => one.tableName === tableName && one.eventNames.includes(eventName),
      )) {
        waiting.get(functionArn)?.push({
          eventID: randomUUID().replace(/-/g, ''),
          eventName,
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: REGION,
          eventSourceARN: arn,
          dynamodb: {
            ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
            Keys: Object.fromEntries(keys.map((name) => [name, item[name]])),
            ...(before && viewType.includes('OLD') && { OldImage: before }),
            ...(after && viewType.includes('NEW') && { NewImage: after }),
            SequenceNumber: String(++sequence),
            StreamViewType: viewType,
          },
        });
        if (!delivering.has(functionArn)) delivering.set(functionArn, deliver(functionArn, batchSize, queueArn));
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(delivering.values());
    },
  };

  async function deliver(functionArn: string, batchSize: number, queueArn: string | undefined): Promise<void> {
    const records = waiting.get(functionArn) ?? [];
    await pause(POLL_MS);
    while (records.length > 0) {
      const Records = records.splice(0, batchSize);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          await functions?.invoke(functionArn, { Records });
          break;
        } catch (error) {
          if (attempt === ATTEMPTS) giveUp(functionArn, queueArn, Records, error as Error);
          else await pause(100 * 2 ** attempt);
        }
      }
    }
    delivering.delete(functionArn);
  }

  /** The queue gets where the records are in the stream, not the records. */
  function giveUp(functionArn: string, queueArn: string | undefined, records: StreamRecord[], error: Error): void {
    const message = {
      DDBStreamBatchInfo: {
        streamArn: records[0]?.eventSourceARN,
        batchSize: records.length,
        startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
      },
    };
    deadLetters.put(queueArn, { of: 'stream', name: functionArn.split(':')[6] ?? '', error: error.message, message });
  }
}

/** The event names that a mapping asks for, if that is all that its one filter says. */
function eventNamesOf(criteria: any): string[] | undefined {
  const [filter, ...more] = criteria?.Filters ?? [];
  const { eventName, ...others } = JSON.parse(filter?.Pattern ?? '{}');
  const isAll = more.length === 0 && Object.keys(others).length === 0 && Array.isArray(eventName);
  return isAll && eventName.every((name: string) => EVENT_NAMES.includes(name)) ? eventName : undefined;
}
