import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { FetchError } from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';

const TIMEOUT_MS = 1_500;
const ATTEMPTS = 2;
/** After a failure, requests fail at once for so long, instead of each waiting for an issuer that is down. */
const PAUSE_MS = 1_000;
const MAX_BYTES = 256 * 1024;

/**
 * Fetches an issuer's keys: with a time limit on the whole answer, a second try, and a pause after a failure.
 * (The library's own fetcher speaks `https` only; the local run's issuer is on loopback.)
 */
export function keyFetcher(clock: () => number = Date.now): Fetcher {
  const failed = new Map<string, number>();
  return {
    async fetch(uri) {
      if (clock() - (failed.get(uri) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) {
        throw new FetchError(uri, 'The last fetch failed a moment ago.');
      }
      for (let attempt = 1; ; attempt++) {
        try {
          return await get(uri);
        } catch (error) {
          if (attempt < ATTEMPTS) continue;
          failed.set(uri, clock());
          throw error instanceof FetchError ? error : new FetchError(uri, (error as Error).message);
        }
      }
    },
  };
}

function get(uri: string): Promise<ArrayBuffer> {
  const request = new URL(uri).protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    // The signal bounds the whole exchange; a socket's own time-out starts anew with every byte.
    const outgoing = request(uri, { signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
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
