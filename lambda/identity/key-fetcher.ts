import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { FetchError } from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';

const ATTEMPTS = 2;
const MAX_BYTES = 256 * 1024;

export interface KeyFetcherOptions {
  /** Bounds the whole answer. @default 1,500 */
  readonly timeoutMs?: number;
  /**
   * After a failure, requests fail at once for so long, instead of each waiting for an issuer that is down.
   * @default 1,000
   */
  readonly pauseMs?: number;
}

/**
 * Fetches an issuer's keys: with a time limit on the whole answer, a second try, and a pause after a failure.
 * (The library's own fetcher speaks `https` only; the local run's issuer is on loopback.)
 */
export function keyFetcher({ timeoutMs = 1_500, pauseMs = 1_000 }: KeyFetcherOptions = {}): Fetcher {
  const failed = new Map<string, number>();
  return {
    async fetch(uri) {
      if (Date.now() - (failed.get(uri) ?? Number.NEGATIVE_INFINITY) < pauseMs) {
        throw new FetchError(uri, 'The last fetch failed a moment ago.');
      }
      for (let attempt = 1; ; attempt++) {
        try {
          return await get(uri, timeoutMs);
        } catch (error) {
          if (attempt < ATTEMPTS) continue;
          failed.set(uri, Date.now());
          throw error instanceof FetchError ? error : new FetchError(uri, (error as Error).message);
        }
      }
    },
  };
}

function get(uri: string, timeoutMs: number): Promise<ArrayBuffer> {
  const request = new URL(uri).protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    // The signal bounds the whole exchange; a socket's own time-out starts anew with every byte.
    const outgoing = request(uri, { signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) outgoing.destroy(new FetchError(uri, `The answer is longer than ${MAX_BYTES} bytes.`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode !== 200) return reject(new FetchError(uri, `The issuer answered ${answer.statusCode}.`));
        const body = Buffer.concat(chunks);
        resolve(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer);
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
