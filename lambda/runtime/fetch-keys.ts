import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

const ATTEMPTS = 2;
const MAX_BYTES = 256 * 1024;

/**
 * Fetches an issuer's keys, twice if need be. (The library's own fetcher speaks `https` only; the local run's issuer is
 * on loopback.)
 * @param timeoutMs bounds each whole exchange
 */
export const fetchKeys =
  (timeoutMs = 1_500) =>
  async (uri: string): Promise<string> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await get(uri, timeoutMs);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  };

function get(uri: string, timeoutMs: number): Promise<string> {
  const request = new URL(uri).protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    // The signal bounds the whole exchange; a socket's own time-out starts anew with every byte.
    const outgoing = request(uri, { signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) outgoing.destroy(new Error(`The answer is longer than ${MAX_BYTES} bytes.`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`The issuer answered ${answer.statusCode}.`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
