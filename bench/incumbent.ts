import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  ScanCommand,
  type ScanCommandInput,
  type ScanCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { type CleanupResult, COUNTED_AS, NOTHING_CLEANED } from '../lambda/domain/cleanup';
import { DEFAULT_POLICY, endOf, type StoredSession } from '../lambda/domain/session';

const PAGE_ITEMS = 100;
const GROUP = 25;

/**
 * The cleanup that is in use elsewhere, as a team writes it that follows the examples: pages of a hundred, all of
 * the table in memory, then single deletes, 25 at a time, with the client's default settings.
 * @param asOf deletes what is over at this instant, epoch milliseconds
 * @param pauseMs between two groups of deletes
 */
export async function incumbentCleanup(
  config: DynamoDBClientConfig,
  tableName: string,
  asOf: number,
  pauseMs: number,
): Promise<CleanupResult> {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const all: StoredSession[] = [];
  let ExclusiveStartKey: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page: ScanCommandOutput = await documents.send(
      new ScanCommand({ TableName: tableName, Limit: PAGE_ITEMS, ExclusiveStartKey }),
    );
    all.push(...((page.Items ?? []) as StoredSession[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);

  const result = { ...NOTHING_CLEANED, totalSessions: all.length };
  const over: StoredSession[] = [];
  for (const session of all) {
    const end = endOf(session, asOf, DEFAULT_POLICY);
    if (!end) continue;
    over.push(session);
    result[COUNTED_AS[end.reason]]++;
  }
  for (let at = 0; at < over.length; at += GROUP) {
    if (at > 0 && pauseMs > 0) await sleep(pauseMs);
    await Promise.all(
      over.slice(at, at + GROUP).map(({ sessionId }) =>
        documents.send(new DeleteCommand({ TableName: tableName, Key: { sessionId } })).then(
          () => result.deletedSessions++,
          () => result.errors++,
        ),
      ),
    );
  }
  documents.destroy();
  return result;
}
