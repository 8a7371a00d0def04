import type { IncomingMessage } from 'node:http';

/** What a body may nest. Whoever walks through more of it runs out of stack. */
const MOST_LEVELS = 100;

/**
 * Reads a request's body to its end, so that the client gets the answer and not a broken connection.
 * @returns undefined if it is larger than it may be
 * @throws if the client breaks it off
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined;
}

/** @returns the object that a text is in JSON, or undefined if it is none, or nests too deeply */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return nests(value, MOST_LEVELS) ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

/** Whether a value has objects or arrays in more than so many levels. */
export function nests(value: unknown, mostLevels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
