import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DynamoDBDocument, paginateScan } from '@aws-sdk/lib-dynamodb';
import { localClient, openDatabase } from '../local/database';
import { DynamoDBModel, type ModelStats, TABLE_NAME } from './dynamodb-model';
import { type DataSet, sessions } from './model/sessions';
import { ModelTable, type Seed } from './model/table';
import { createSessionsTable } from './sessions-table';

const BATCH = 25;

/** What a stage counted since its last reset. Figures that it cannot count are absent. */
export type StageStats = Partial<ModelStats> & Pick<ModelStats, 'requests' | 'over' | 'liveDeleted'>;

/** A table with a data set, served over HTTP. */
export interface Stage {
  readonly name: string;
  /** Restores the data set and sets all counts to zero. @returns the endpoint */
  readonly reset: (writeUnitsPerSecond?: number) => Promise<string>;
  readonly stats: () => Promise<StageStats>;
  readonly close: () => unknown;
}

/** The model of DynamoDB. A reset makes a new model of the same table. */
export async function modelStage(data: DataSet): Promise<Stage> {
  const table = new ModelTable();
  table.load(sessions(data));
  let model = new DynamoDBModel(table);
  let server = model.server();
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    name: 'model',
    async reset(writeUnitsPerSecond) {
      close();
      table.restore();
      model = new DynamoDBModel(table, { writeUnitsPerSecond });
      server = model.server().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    stats: async () => model.stats(),
    close,
  };
}

/** The embedded database of the local run, in memory. It counts requests, but not units as DynamoDB does. */
export async function dynaliteStage(data: DataSet): Promise<Stage> {
  let requests = 0;
  const counted = () => void requests++;
  const database = await openDatabase(undefined, 0, { functionOf: counted });
  const client = DynamoDBDocument.from(localClient(database.endpoint));
  const all = [...sessions(data)];
  const over = all.filter(({ live }) => !live);
  await client.send(createSessionsTable(TABLE_NAME, 'KEYS_ONLY'));
  await put(all);

  async function put(seeds: readonly Seed[]): Promise<void> {
    for (let at = 0; at < seeds.length; at += BATCH) {
      const puts = seeds.slice(at, at + BATCH).map(({ attributes }) => ({ PutRequest: { Item: attributes } }));
      await client.batchWrite({ RequestItems: { [TABLE_NAME]: puts } });
    }
  }

  return {
    name: 'dynalite',
    async reset() {
      // A live session that was deleted stays deleted, and fails the run that deleted it.
      await put(over);
      requests = 0;
      return database.endpoint;
    },
    async stats() {
      const counted = requests;
      const left = new Set<unknown>();
      const pages = paginateScan({ client }, { TableName: TABLE_NAME, ProjectionExpression: 'sessionId' });
      for await (const { Items = [] } of pages) for (const { sessionId } of Items) left.add(sessionId);
      const isLeft = ({ attributes }: Seed) => left.has(attributes.sessionId);
      return {
        requests: { all: counted },
        over: over.filter(isLeft).length,
        liveDeleted: all.filter((seed) => seed.live && !isLeft(seed)).length,
      };
    },
    close: database.close,
  };
}
