import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  type Incumbent,
  type IncumbentSession,
  incumbentEndOne,
  incumbentEndOthers,
  incumbentList,
  incumbentLogOut,
  incumbentRegister,
} from './incumbent-requests';
import type { Operation, Server } from './requests-process';

export const INCUMBENT_TABLE = 'incumbent-sessions';

export interface IncumbentSettings {
  readonly endpoint: string;
}

export interface IncumbentAsk {
  readonly caller: Incumbent['caller'];
  /** The one to be ended. */
  readonly other: string;
  /** The one to be registered. */
  readonly session: IncumbentSession;
}

/** The incumbent's requests to its table, and nothing else: no token is checked, no event read, no answer written. */
export function open({ endpoint }: IncumbentSettings): Server {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }));
  return {
    async serve(operation, { caller, other, session }: IncumbentAsk) {
      const incumbent = { documents, tableName: INCUMBENT_TABLE, caller };
      const right: Record<Operation, () => Promise<boolean>> = {
        list: async () => (await incumbentList(incumbent)).length > 0,
        'end one': () => incumbentEndOne(incumbent, other),
        'log out': async () => (await incumbentLogOut(incumbent)) !== undefined,
        register: async () => {
          await incumbentRegister(incumbent, session);
          return true;
        },
        'end others': async () => (await incumbentEndOthers(incumbent)).length > 0,
      };
      if (!(await right[operation]())) throw new Error(`The incumbent's ${operation} did not do it.`);
    },
  };
}
