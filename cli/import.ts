import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { runCommand, UsageProblem } from '../command/command';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';
import { number, Progress } from '../command/progress';
import { readTableFlags } from './flags';
import { Importer, type NumberedItem } from './importer';
import { idOf, readItemLine } from './item-line';
import { linesOf } from './lines';
import { openLocalTable } from './local-table';
import { putInto } from './put-items';
import { sentence } from './table';

const USAGE = `Usage: npm run import -- FILE [--dry-run]
Puts each line of FILE into the local sessions table, unchanged. A line is a JSON object, or an item of a DynamoDB export.
FILE may be compressed (.gz). An item with the same sessionId is replaced.
  --dry-run   count the items in the file; import nothing`;

/** `npm run import`: items as an older backend left them, into the local table. */
runCommand(async () => {
  const { positionals, dryRun } = readTableFlags('import', USAGE, {}, true);
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new UsageProblem(`One file is expected.\n${USAGE}`);
  const name = printable(file);

  // Read twice: a file with a bad line is refused before anything of it is in the table.
  const found = await countItems(file);
  if (found.lines === 0) {
    return console.log(`${name} ${found.hasText ? 'has only empty lines' : 'is empty'}. Nothing was imported.`);
  }
  if (dryRun) return console.log(`${name} has ${items(found.items)}. None was imported.`);

  const table = await openLocalTable();
  const client = new DynamoDBClient(table.client);
  const importer = new Importer(putInto(client, table.tableName));
  const isIn = () => `${items(importer.items)} ${importer.items === 1 ? 'is' : 'are'} in ${table.tableName}.`;
  const mayGoOn = untilInterrupted();
  const progress = new Progress('Imported', found.lines);
  try {
    const whole = await importer.run(itemsOf(file), mayGoOn, (lines) => progress.advance(lines));
    progress.finish();
    if (whole) {
      const same = found.lines > found.items ? ` Of ${number(found.lines)} lines, the last one of each id counts.` : '';
      console.log(`${isIn()}${same}`);
    } else {
      console.error(`Interrupted. ${isIn()} Run it again to import all of ${name}.`);
      process.exitCode = 130;
    }
  } catch (error) {
    progress.finish();
    const reason = sentence(error, table.tableName);
    if (!(reason instanceof Problem)) throw reason;
    throw new Problem(`${reason.message.replace(/\.?$/, '.')} Imported before that: ${isIn()}`);
  } finally {
    client.destroy();
    await table.close();
  }
});

const items = (count: number) => `${number(count)} ${count === 1 ? 'item' : 'items'}`;

/** @throws a problem for the first line that is not an item */
async function countItems(file: string): Promise<{ lines: number; items: number; hasText: boolean }> {
  const ids = new Set<string>();
  let [lines, hasText] = [0, false];
  try {
    for await (const { item } of itemsOf(file, () => {
      hasText = true;
    })) {
      lines++;
      ids.add(idOf(item));
    }
  } catch (error) {
    throw error instanceof Problem ? new Problem(`${error.message} Nothing was imported.`) : error;
  }
  return { lines, items: ids.size, hasText };
}

/** @param onLine told of each line, empty ones too */
async function* itemsOf(file: string, onLine: () => void = () => undefined): AsyncGenerator<NumberedItem> {
  for await (const { number: line, text } of linesOf(file)) {
    onLine();
    if (text.trim() === '') continue;
    try {
      yield { line, item: readItemLine(text) };
    } catch (error) {
      throw error instanceof Problem ? new Problem(`Line ${line} of ${printable(file)} ${error.message}.`) : error;
    }
  }
}

/** Ctrl-C stops after the batch that is under way; another one at once. */
function untilInterrupted(): () => boolean {
  let isInterrupted = false;
  const interrupt = () => {
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return () => !isInterrupted;
}
