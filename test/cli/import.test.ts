import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { localClient } from '../../local/database';
import { close, listen } from '../../local/server';
import { newFolder, runCommand, withTable } from '../support/command';
import { program, ROOT } from '../support/program';
import { sessionTables } from '../support/stack';

const TABLE = sessionTables().sessions;
const DIGITS_38 = '12345678901234567890123456789012345678';

function fileOf(content: string | Buffer, name = 'items.ndjson'): string {
  const file = join(newFolder(), name);
  writeFileSync(file, content);
  return file;
}
const importing = (file: string, data = newFolder()) => runCommand('import', [file], { DATA_DIR: data });

const exported = (id: string) => `{"Item":{"sessionId":{"S":"${id}"},"n":{"N":"${DIGITS_38}"}}}`;
const plain = (id: string, more = '') => `{"sessionId":"${id}"${more}}`;

it('a file of every form, with a byte-order mark, \\r\\n and U+2028 within a line, is imported whole and exactly', async () => {
  const data = newFolder();
  const lines = [
    plain('plain', `,"text":"a\u2028b\u2029c","n":${DIGITS_38}`),
    exported('exported'),
    `{"sessionId":{"S":"answered"},"n":{"N":"${DIGITS_38}"}}`,
    '',
    plain('last'),
  ];
  const outcome = await importing(fileOf(`\ufeff${lines.join('\r\n')}`), data);
  expect(outcome).toMatchObject({ code: 0, stdout: `4 items are in ${TABLE}.\n`, stderr: '' });
  await withTable(data, async (endpoint) => {
    const client = localClient(endpoint);
    const get = async (id: string) =>
      (await client.send(new GetItemCommand({ TableName: TABLE, Key: { sessionId: { S: id } } }))).Item;
    for (const id of ['plain', 'exported', 'answered']) expect((await get(id))?.n).toEqual({ N: DIGITS_38 });
    expect((await get('plain'))?.text).toEqual({ S: 'a\u2028b\u2029c' });
    expect(await get('last')).toEqual({ sessionId: { S: 'last' } });
    client.destroy();
  });
});

it('DynamoDB’s own export is imported as it comes, compressed', async () => {
  const parts = [gzipSync(`${exported('a')}\n`), gzipSync(`${exported('b')}\n${exported('c')}\n`)];
  for (const name of ['ab12cd.json.gz', 'without-a-name-for-it']) {
    expect((await importing(fileOf(Buffer.concat(parts), name))).stdout).toBe(`3 items are in ${TABLE}.\n`);
  }
});

it('30 lines with 3 ids are 3 items', async () => {
  const lines = Array.from({ length: 30 }, (_, index) => plain(`s${index % 3}`));
  const { stdout } = await importing(fileOf(lines.join('\n')));
  expect(stdout).toBe(`3 items are in ${TABLE}. Of 30 lines, the last one of each id counts.\n`);
});

it('a refused line says what was imported before it, without control characters', async () => {
  const data = newFolder();
  const lines = Array.from({ length: 40 }, (_, index) => plain(`s${index}`));
  lines[29] = plain('\\u001b[2J\u202e', `,"n":1${DIGITS_38}`);
  const { code, stderr } = await importing(fileOf(lines.join('\n')), data);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Error: The table refused line 30 \(sessionId \\u\{1b\}\[2J\\u\{202e\}\): .*\. Imported before that: 29 items are in \S+\.\n$/,
  );
  await withTable(data, async (_, ids) => expect(await ids()).toHaveLength(29));
});

describe('is said in a sentence, and imports nothing:', () => {
  it.each<[string, () => string, number, string]>([
    ['an empty file', () => fileOf(''), 0, 'is empty. Nothing was imported.'],
    ['an empty compressed file', () => fileOf(gzipSync('')), 0, 'is empty. Nothing was imported.'],
    ['a file of empty lines', () => fileOf('\n \r\n'), 0, 'has only empty lines. Nothing was imported.'],
    ['a folder', newFolder, 1, 'is a folder; a file is expected. Nothing was imported.'],
    ['a device', () => '/dev/null', 1, 'is not a regular file'],
    ['a path below a file', () => join(fileOf(''), 'x'), 1, 'There is no file'],
    ['UTF-16', () => fileOf(Buffer.from(`\ufeff${plain('a')}`, 'utf16le')), 1, 'is not UTF-8'],
    [
      'a broken gzip file',
      () => fileOf(gzipSync(plain('a').repeat(99)).subarray(0, 30)),
      1,
      'not a complete gzip file',
    ],
    ['a line without an end', () => fileOf(Buffer.alloc(17 * 1024 * 1024, 'a')), 1, 'longer than any item can be'],
    ['a name with control characters', () => '\u001b[2J\u202e', 1, 'There is no file \\u{1b}[2J\\u{202e}.'],
  ])('%s', async (_, file, code, text) => {
    const outcome = await importing(file());
    expect(outcome.stdout + outcome.stderr).toContain(text);
    expect(outcome.stdout + outcome.stderr).not.toMatch(/\n\s+at /);
    expect(outcome.code).toBe(code);
  });
});

it('an interruption says what is in the table', async () => {
  await withTable(undefined, async (endpoint, ids) => {
    let child: ChildProcess | undefined;
    let batches = 0;
    // In front of a run's database: interrupts the command when its second batch is there.
    const server = createServer(async (request, response) => {
      const { host: _, ...headers } = request.headers as Record<string, string>;
      const body = Buffer.concat(await request.toArray());
      if (/BatchWriteItem$/.test(headers['x-amz-target'] ?? '') && ++batches === 2) child?.kill('SIGINT');
      const { method = '' } = request;
      const answer = await fetch(`${endpoint}${request.url}`, {
        method,
        headers,
        body: method === 'GET' ? null : body,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    const port = await listen(server, 0, 'PORT', 'a test');
    try {
      const file = fileOf(Array.from({ length: 5_000 }, (_, index) => plain(`s${index}`)).join('\n'));
      const env = { ...process.env, DATA_DIR: newFolder(), DYNAMODB_PORT: String(port) };
      child = spawn(process.execPath, [await program('cli/import.ts'), file], { cwd: ROOT, env });
      let said = '';
      child.stderr?.on('data', (text) => {
        said += text;
      });
      expect(await once(child, 'close')).toEqual([130, null]);
      const stored = (await ids()).length;
      expect(stored).toBeGreaterThanOrEqual(50);
      expect(stored).toBeLessThan(5_000);
      expect(said).toContain(
        `Interrupted. ${stored.toLocaleString('en')} items are in ${TABLE}. Run it again to import all`,
      );
    } finally {
      await close(server);
    }
  });
});

it('a data folder that cannot be made is said in a sentence', async () => {
  const file = fileOf(plain('a'));
  const outcome = await importing(file, join(file, 'data'));
  expect(outcome).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Error: .* cannot be used as the data folder/),
  });
});

it('a data folder that was deleted is made anew', async () => {
  const data = newFolder();
  mkdirSync(join(data, 'dynamodb'));
  rmSync(data, { recursive: true });
  expect(await importing(fileOf(plain('a')), data)).toMatchObject({ code: 0 });
});
