import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, paginateScan } from '@aws-sdk/lib-dynamodb';
import { type CleanupResult, COUNTED_AS, NOTHING_CLEANED } from '../lambda/cleanup/recorded-run';
import { DEFAULT_POLICY, endOf, type StoredSession } from '../lambda/domain/session';

const PAGE_ITEMS = 100;
const GROUP = 25;

/**
 * A cleanup as a team would write it from the examples: it reads pages of 100 items, keeps the whole table in memory,
 * and then deletes one item per request, 25 at a time, with the client's default settings.
 * @param asOf the sessions that are over at this instant are deleted, epoch milliseconds
 * @param pauseMs between two groups of deletes
 */
export async function baselineCleanup(
  config: DynamoDBClientConfig,
  tableName: string,
  asOf: number,
  pauseMs: number,
): Promise<CleanupResult> {
  const documents = DynamoDBDocument.from(new DynamoDBClient(config));
  const all: StoredSession[] = [];
  const pages = paginateScan({ client: documents, pageSize: PAGE_ITEMS }, { TableName: tableName });
  for await (const { Items = [] } of pages) all.push(...(Items as StoredSession[]));

  const result = { ...NOTHING_CLEANED, totalSessions: all.length };
  const over = all.filter((session) => {
    const end = endOf(session, asOf, DEFAULT_POLICY);
    if (end) result[COUNTED_AS[end.reason]]++;
    return end;
  });
  for (let at = 0; at < over.length; at += GROUP) {
    if (at > 0 && pauseMs > 0) await sleep(pauseMs);
    await Promise.all(
      over.slice(at, at + GROUP).map(({ sessionId }) =>
        documents.delete({ TableName: tableName, Key: { sessionId } }).then(
          () => result.deletedSessions++,
          () => result.errors++,
        ),
      ),
    );
  }
  documents.destroy();
  return result;
}
