import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Incumbent, incumbentEndOne, incumbentList, incumbentLogOut } from './incumbent-requests';
import type { Operation, Server } from './requests-process';

export const INCUMBENT_TABLE = 'incumbent-sessions';

export interface IncumbentSettings {
  readonly endpoint: string;
}

export interface IncumbentAsk {
  readonly caller: Incumbent['caller'];
  /** The one to be ended. */
  readonly other: string;
}

/** The incumbent's requests to its table, and nothing else: no token is checked, no event read, no answer written. */
export function open({ endpoint }: IncumbentSettings): Server {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'us-east-1', credentials }));
  return {
    async serve(operation, { caller, other }: IncumbentAsk) {
      const incumbent = { documents, tableName: INCUMBENT_TABLE, caller };
      const right: Partial<Record<Operation, () => Promise<boolean>>> = {
        list: async () => (await incumbentList(incumbent)).length > 0,
        'end one': () => incumbentEndOne(incumbent, other),
        'log out': async () => (await incumbentLogOut(incumbent)) !== undefined,
      };
      if (!(await right[operation]?.())) throw new Error(`The incumbent's ${operation} did not do it.`);
    },
  };
}
