import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import {
  type Baseline,
  type BaselineSession,
  baselineEndOne,
  baselineEndOthers,
  baselineList,
  baselineLogOut,
  baselineRegister,
} from './baseline-requests';
import type { Operation } from './operations';
import type { Server } from './requests-process';

export interface BaselineSettings {
  readonly endpoint: string;
  readonly tableName: string;
}

export interface BaselineAsk {
  readonly caller: Baseline['caller'];
  /** The session to end. */
  readonly other: string;
  /** The session to register. */
  readonly own: BaselineSession;
}

/** @returns something truthy if it did what it should */
const ACTS: Readonly<Record<Operation, (baseline: Baseline, ask: BaselineAsk) => Promise<unknown>>> = {
  list: async (baseline) => (await baselineList(baseline)).length > 0,
  'end one': (baseline, { other }) => baselineEndOne(baseline, other),
  'log out': baselineLogOut,
  register: (baseline, { own }) => baselineRegister(baseline, own),
  'end others': async (baseline) => (await baselineEndOthers(baseline)).length > 0,
};

/** The baseline's database requests and nothing else: no token is verified, no event read, no answer written. */
export function open({ endpoint, tableName }: BaselineSettings): Server {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const documents = DynamoDBDocument.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }));
  return {
    async serve(operation, ask: BaselineAsk) {
      const done = await ACTS[operation]({ documents, tableName, caller: ask.caller }, ask);
      if (!done) throw new Error(`The baseline's ${operation} did nothing.`);
    },
  };
}
