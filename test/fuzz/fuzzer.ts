import { connect } from 'node:net';
import { randomFrom } from './mutations';
import { type FuzzRequest, fuzzRequest, type Target } from './requests';

/** A connection without an answer is given up. Nothing depends on how long that takes. */
const GIVE_UP_MS = 15_000;
/** Of a broken request that waits for more, sooner: no answer is expected. */
const HANG_UP_MS = 300;

export interface FuzzOptions {
  readonly ports: Readonly<Record<FuzzRequest['to'], number>>;
  readonly target: Target;
  readonly requests: number;
  readonly seed: number;
  /** How many requests are open at once. */
  readonly atOnce?: number;
  readonly onProgress?: (sent: number) => void;
}

export interface FuzzResult {
  /** How often each status was answered, by `port status`; `none` for a connection that was closed without an answer. */
  readonly statuses: ReadonlyMap<string, number>;
  /** The numbers of whole requests that got no answer, or one that says that the server is at fault. */
  readonly suspects: readonly { readonly number: number; readonly answer: string }[];
  /** The longest time to an answer, in milliseconds. */
  readonly slowest: { readonly number: number; readonly ms: number };
}

/** The request of a number: each has a seed of its own, so that one can be sent again without the others. */
export const requestOf = (number: number, { seed, target }: Pick<FuzzOptions, 'seed' | 'target'>): FuzzRequest =>
  fuzzRequest(randomFrom(seed + number * 7919), target);

/** Sends mutated requests to both ports of a local run. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { requests, ports, atOnce = 32, onProgress } = options;
  const statuses = new Map<string, number>();
  const suspects: { number: number; answer: string }[] = [];
  let slowest = { number: 0, ms: 0 };
  let next = 0;

  async function worker(): Promise<void> {
    while (next < requests) {
      const number = next++;
      const { to, bytes, isWhole } = requestOf(number, options);
      const begun = performance.now();
      const answer = await send(ports[to], bytes, isWhole);
      const ms = performance.now() - begun;
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
      const name = `${to} ${status}`;
      statuses.set(name, (statuses.get(name) ?? 0) + 1);
      if (isWhole && ms > slowest.ms) slowest = { number, ms };
      if (isWhole && isSuspect(status, bytes)) suspects.push({ number, answer: answer.slice(0, 2_000) });
      onProgress?.(number + 1);
    }
  }

  await Promise.all(Array.from({ length: atOnce }, worker));
  return { statuses, suspects, slowest };
}

/** A rule's target may fail, and says so. */
function isSuspect(status: string, bytes: Buffer): boolean {
  const isRule = bytes.subarray(0, 100).toString('latin1').startsWith('POST /_local/events/');
  return status === 'none' || (status.startsWith('5') && !(isRule && status === '502'));
}

/** @returns the beginning of the answer, or nothing */
function send(port: number, bytes: Buffer, isWhole: boolean): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, isWhole ? GIVE_UP_MS : HANG_UP_MS);
    socket.on('data', (chunk) => {
      if (answer.length < 4_000) answer += chunk.toString('latin1');
    });
    socket.on('end', done);
    socket.on('close', done);
    socket.on('error', done);
    socket.write(bytes);
  });
}
