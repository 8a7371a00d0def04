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
const REMOVALS_ONLY = JSON.stringify({ eventName: ['REMOVE'] });

/** The template's change streams, as far as removals go: delivered in order, in batches, again when it failed. */
export interface Streams {
  /** Told of each item that was written. */
  readonly changed: (change: Change) => void;
  /** Connects them to the functions: those need the database, which needs this. */
  readonly deliverTo: (functions: Functions) => void;
  /** Resolves when everything is delivered. */
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
    const filtered = FilterCriteria?.Filters?.map(({ Pattern }: any) => Pattern);
    if (!table || filtered?.join() !== REMOVALS_ONLY) {
      throw new Problem(
        `The local run supports only streams of what is removed from a table; ${id} is something else.`,
      );
    }
    return {
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

  return {
    deliverTo(connected) {
      functions = connected;
    },
    changed({ tableName, before, after }) {
      // Of all that happens to an item, the mappings ask for its removal only.
      if (!before || after) return;
      for (const { functionArn, batchSize, queueArn, arn, keys, viewType } of mappings.filter(
        (one) => one.tableName === tableName,
      )) {
        waiting.get(functionArn)?.push({
          eventID: randomUUID().replace(/-/g, ''),
          eventName: 'REMOVE',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: REGION,
          eventSourceARN: arn,
          dynamodb: {
            ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
            Keys: Object.fromEntries(keys.map((name) => [name, before[name]])),
            ...(viewType.includes('OLD') && { OldImage: before }),
            SequenceNumber: String(++sequence),
            StreamViewType: viewType,
          },
        });
        if (!delivering.has(functionArn)) delivering.set(functionArn, deliver(functionArn, batchSize, queueArn));
      }
    },
    async stop() {
      await Promise.all(delivering.values());
    },
  };

  async function deliver(functionArn: string, batchSize: number, queueArn: string | undefined): Promise<void> {
    const records = waiting.get(functionArn) ?? [];
    await sleep(POLL_MS);
    while (records.length > 0) {
      const Records = records.splice(0, batchSize);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          await functions?.invoke(functionArn, { Records });
          break;
        } catch (error) {
          if (attempt === ATTEMPTS) giveUp(functionArn, queueArn, Records, error as Error);
          else await sleep(100 * 2 ** attempt);
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
