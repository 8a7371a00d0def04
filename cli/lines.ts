import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { printable } from '../command/printable';
import { Problem } from '../command/problem';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const LINE_FEED = 0x0a;
/** An item has at most 400 KB; what is longer is no file of lines. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file by lines, unpacked if it is compressed by gzip, whatever its name. A line ends with a line feed and with
 * nothing else: JSON may hold any other separator, which `readline` would split at. A byte-order mark is left out.
 * @throws a problem for what cannot be read, or is not UTF-8
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const name = printable(file);
  let number = 0;
  try {
    for await (const bytes of splitLines(contentOf(file))) {
      number++;
      if (bytes.length > LONGEST_LINE_BYTES)
        throw new Problem(`Line ${number} of ${name} is longer than any item can be.`);
      yield { number, text: decode(bytes, number, name) };
    }
  } catch (error) {
    throw fileProblem(error, name);
  }
}

async function* contentOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Problem(`${printable(file)} is a folder; a file is expected.`);
    // It is read twice, which a pipe cannot be.
    if (!stats.isFile())
      throw new Problem(`${printable(file)} is not a regular file. Copy its contents into a file first.`);
    const head = Buffer.alloc(GZIP.length);
    await handle.read(head, 0, GZIP.length, 0);
    const stream = handle.createReadStream({ start: 0, autoClose: false });
    yield* head.equals(GZIP) ? unpacked(stream) : stream;
  } finally {
    await handle.close();
  }
}

async function* unpacked(stream: Readable): AsyncGenerator<Buffer> {
  const unzip = createGunzip();
  stream.once('error', (error) => unzip.destroy(error));
  yield* stream.pipe(unzip);
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      [begun, length] = [[], 0];
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    // Handed on as it is: the reader refuses it before it fills the memory.
    if (length > LONGEST_LINE_BYTES) break;
  }
  if (length > 0) yield Buffer.concat(begun);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer, number: number, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem(`Line ${number} of ${name} is not UTF-8. Save the file as UTF-8.`);
  }
}

/** @param name of the file, as it may be printed */
export function fileProblem(error: unknown, name: string): unknown {
  if (error instanceof Problem) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new Problem(`There is no file ${name}.`);
    case 'EACCES':
    case 'EPERM':
      return new Problem(`${name} cannot be read: its permissions do not allow it.`);
  }
  if (/^Z_/.test(code))
    return new Problem(`${name} is not a complete gzip file (${printable(message)}). Get it again.`);
  return /^E[A-Z]+$/.test(code) ? new Problem(`${name} cannot be read (${printable(message)}).`) : error;
}
