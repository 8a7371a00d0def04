import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, type BatchWriteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { runCommand, UsageProblem } from '../local/command';
import { Problem } from '../local/problem';
import { readTableFlags } from './flags';
import { openLocalTable } from './local-table';
import { number, Progress } from './progress';

const USAGE =
  'Usage: npm run import -- FILE.ndjson\n  Puts each line, a JSON object, into the local sessions table as it is.';
const BATCH = 25;

/** `npm run import`: items as an older backend left them, into the local table. */
runCommand(async () => {
  const { positionals, dryRun } = readTableFlags('import', USAGE, {}, true);
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new UsageProblem(`One file is expected.\n${USAGE}`);
  if (!existsSync(file)) throw new Problem(`There is no file ${file}.`);

  // Read twice: a file with a bad line is refused before anything of it is in the table.
  let total = 0;
  for await (const _ of items(file)) total++;

  if (dryRun) return console.log(`${file} has ${number(total)} items. None was imported.`);

  const table = await openLocalTable();
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(table.client));
  const progress = new Progress('Imported', total);
  try {
    let batch: Record<string, unknown>[] = [];
    for await (const item of items(file)) {
      batch.push(item);
      if (batch.length < BATCH) continue;
      await put(documents, table.tableName, batch);
      progress.advance(batch.length);
      batch = [];
    }
    if (batch.length > 0) await put(documents, table.tableName, batch);
    progress.advance(batch.length);
    progress.finish();
    console.log(`${number(total)} items are in ${table.tableName}.`);
  } finally {
    documents.destroy();
    await table.close();
  }
});

async function* items(file: string): AsyncGenerator<Record<string, unknown>> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8') })) {
    line++;
    if (text.trim() === '') continue;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      throw new Problem(`Line ${line} of ${file} is not JSON. Nothing was imported.`);
    }
    const { sessionId } = (item ?? {}) as Record<string, unknown>;
    if (typeof sessionId !== 'string' || sessionId === '') {
      throw new Problem(`Line ${line} of ${file} has no sessionId. Nothing was imported.`);
    }
    yield item as Record<string, unknown>;
  }
}

async function put(
  documents: DynamoDBDocumentClient,
  tableName: string,
  batch: readonly Record<string, unknown>[],
): Promise<void> {
  // A batch may name a key once only; as with single puts, the last item of a key stays.
  const byKey = new Map(batch.map((Item) => [Item.sessionId, { PutRequest: { Item } }]));
  let rest: BatchWriteCommandInput['RequestItems'] = { [tableName]: [...byKey.values()] };
  for (let attempt = 0; rest && Object.keys(rest).length > 0; attempt++) {
    if (attempt > 0) await sleep(Math.min(5_000, 50 * 2 ** attempt));
    try {
      rest = (await documents.send(new BatchWriteCommand({ RequestItems: rest }))).UnprocessedItems;
    } catch (error) {
      const ids = batch.map(({ sessionId }) => sessionId);
      throw new Problem(
        `The table refused a batch of items (${ids[0]} to ${ids[ids.length - 1]}): ${(error as Error).message}`,
      );
    }
  }
}
