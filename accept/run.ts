import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotAsked } from './aws';
import { ALARMS } from './parts/alarms';
import { CLEANUP } from './parts/cleanup';
import { ENDING } from './parts/ending';
import { GATEWAY } from './parts/gateway';
import { type Latency, latencies } from './parts/latency';
import { SIGN_IN } from './parts/sign-in';
import type { Checks, Target } from './target';

/** In the order in which they are asked. A cleanup that fails sets off the alarm, so the alarm comes first. */
export const CHECKS: Checks = { ...SIGN_IN, ...ENDING, ...GATEWAY, ...ALARMS, ...CLEANUP };
const partOf = (id: string) => id.split('.')[0] ?? '';
export const PARTS = ['latency', ...new Set(Object.keys(CHECKS).map(partOf))];

/** An item of the lists in assumptions.md. */
interface Assumption {
  readonly id: string;
  readonly sentence: string;
  /** How it can be asked, if no check does. */
  readonly how: string;
}

export function assumptions(): readonly Assumption[] {
  const text = readFileSync(join(__dirname, 'assumptions.md'), 'utf8');
  const items = text.matchAll(/^- `([a-z-]+\.[a-z-]+)`: (.+?)(?: \*\*By hand:\*\* (.+))?$/gm);
  return [...items].map(([, id = '', sentence = '', how = '']) => ({ id, sentence, how }));
}

export interface Result extends Pick<Assumption, 'id' | 'sentence'> {
  readonly result: 'held' | 'did not hold' | 'not asked';
  /** What was seen, or why it was not asked. */
  readonly because: string;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly latencies?: readonly Latency[];
}

/**
 * Asks a target about each assumption. None keeps another from being asked.
 * @param only the part to be asked; all if absent
 * @param signal what is still to be asked when it aborts is not asked
 */
export async function runAll(target: Target, only?: string, signal = new AbortController().signal): Promise<Outcome> {
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new NotAsked('It was interrupted.')));
  });
  interrupted.catch(() => undefined);
  const ask = async <T>(part: string, check: () => Promise<T>): Promise<T> => {
    if (only !== undefined && part !== only) throw new NotAsked(`Only ${only} was asked for.`);
    if (signal.aborted) throw new NotAsked('It was interrupted.');
    return Promise.race([check(), interrupted]);
  };

  // First, while the functions are cold.
  const measured = await ask('latency', () => latencies(target)).catch(({ message }: Error) =>
    target.say(`Latency was not measured: ${message}`),
  );
  const results: Result[] = [];
  for (const { id, sentence, how } of assumptions()) {
    const check = CHECKS[id] ?? (() => Promise.reject(new NotAsked(how)));
    const [result, because] = await ask(partOf(id), () => check(target)).then(
      (seen) => ['held', seen] as const,
      (error: Error) => [error instanceof NotAsked ? 'not asked' : 'did not hold', error.message] as const,
    );
    if (result !== 'not asked') target.say(`${result}: ${id}: ${because}`);
    results.push({ id, sentence, result, because });
  }
  return { results, ...(measured && { latencies: measured }) };
}
