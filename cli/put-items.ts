import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand, type BatchWriteItemCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PutItems } from './importer';

/** Puts items into a table, and again those that it left unprocessed. */
export const putInto =
  (client: DynamoDBClient, tableName: string): PutItems =>
  async (items) => {
    let rest: BatchWriteItemCommandInput['RequestItems'] = {
      [tableName]: items.map((Item) => ({ PutRequest: { Item } })),
    };
    for (let attempt = 0; rest && Object.keys(rest).length > 0; attempt++) {
      if (attempt > 0) await sleep(Math.min(5_000, 50 * 2 ** attempt));
      rest = (await client.send(new BatchWriteItemCommand({ RequestItems: rest }))).UnprocessedItems;
    }
  };
