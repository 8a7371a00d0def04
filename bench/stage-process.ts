import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { dynaliteStage } from './dynalite-stage';
import { DynamoDBModel, type ModelStats, TABLE_NAME } from './dynamodb-model';
import { type DataSet, sessions } from './model/sessions';
import { ModelTable } from './model/table';

/** What the bench asks of a stage. */
export type StageOrder =
  | { readonly kind: 'load'; readonly data: DataSet }
  /** Everything loaded is there again, all counts are zero. */
  | { readonly kind: 'reset'; readonly writeUnitsPerSecond?: number }
  | { readonly kind: 'stats' };

/** Where a stage listens, or what it counted. What a stage cannot count is absent. */
export type StageReply = { readonly endpoint?: string; readonly stats?: StageStats };
export type StageStats = Partial<ModelStats> & { readonly requests: ModelStats['requests']; readonly over: number };

/** A table to run on, in a process of its own. */
export interface Stage {
  load(data: DataSet): Promise<void>;
  /** @returns the endpoint */
  reset(writeUnitsPerSecond?: number): Promise<string>;
  stats(): Promise<StageStats>;
}

/** The model of DynamoDB. A reset makes a new model on the same table. */
function modelStage(): Stage {
  const table = new ModelTable();
  let model = new DynamoDBModel(table);
  let server = model.server();
  return {
    async load(data) {
      table.load(sessions(data));
    },
    async reset(writeUnitsPerSecond) {
      table.restore();
      server.close();
      server.closeAllConnections();
      model = new DynamoDBModel(table, { writeUnitsPerSecond });
      server = model.server();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async stats() {
      return model.stats();
    },
  };
}

/** The process: orders come in and replies go out over the channel to the parent, one at a time. */
async function main(): Promise<void> {
  const stage = process.argv[2] === 'dynalite' ? await dynaliteStage(TABLE_NAME) : modelStage();
  process.on('message', async (order: StageOrder) => {
    const reply: StageReply = {};
    if (order.kind === 'load') await stage.load(order.data);
    if (order.kind === 'reset') Object.assign(reply, { endpoint: await stage.reset(order.writeUnitsPerSecond) });
    if (order.kind === 'stats') Object.assign(reply, { stats: await stage.stats() });
    process.send?.(reply);
  });
  // The parent is gone: so is the reason to be here.
  process.on('disconnect', () => process.exit());
}

void main();
