import { BatchWriteItemCommand, paginateScan, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { localClient, openDatabase } from '../local/database';
import { sessions } from './model/sessions';
import { type Attributes, itemToWire } from './model/value';
import { createSessionsTable } from './sessions-table';
import type { Stage } from './stage-process';

const BATCH = 25;

/** The embedded engine of the local run, in memory. It counts requests; units it does not know by the rules. */
export async function dynaliteStage(tableName: string): Promise<Stage> {
  let requests = 0;
  const counted = () => {
    requests++;
    return undefined;
  };
  const database = await openDatabase(undefined, 0, { functionOf: counted });
  const client = localClient(database.endpoint);
  let loaded: { attributes: Attributes; live: boolean }[] = [];
  await client.send(createSessionsTable(tableName, 'KEYS_ONLY'));

  async function put(items: readonly Attributes[]): Promise<void> {
    for (let at = 0; at < items.length; at += BATCH) {
      const puts: WriteRequest[] = items
        .slice(at, at + BATCH)
        .map((item) => ({ PutRequest: { Item: JSON.parse(itemToWire(item)) } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }));
    }
  }

  return {
    async load(data) {
      loaded = [...sessions(data)];
      await put(loaded.map(({ attributes }) => attributes));
    },
    async reset() {
      // Only what is over can be gone; `stats` says when that is not so.
      await put(loaded.filter(({ live }) => !live).map(({ attributes }) => attributes));
      requests = 0;
      return database.endpoint;
    },
    async stats() {
      const counted = requests;
      const left = new Set<string | undefined>();
      const pages = paginateScan({ client }, { TableName: tableName, ProjectionExpression: 'sessionId' });
      for await (const { Items = [] } of pages) for (const { sessionId } of Items) left.add(sessionId?.S);
      const isGone = ({ attributes }: { attributes: Attributes }) => !left.has(String(attributes.sessionId));
      const gone = loaded.filter(isGone);
      return {
        requests: { all: counted },
        items: left.size,
        over: loaded.filter(({ live }) => !live).length - gone.filter(({ live }) => !live).length,
        liveDeleted: gone.filter(({ live }) => live).length,
      };
    },
  };
}
