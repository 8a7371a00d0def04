import { randomInt } from 'node:crypto';
import { rounds } from '../support/rounds';
import { fuzz } from './fuzzer';
import { type FuzzTarget, startTarget } from './target';

/** Fewer than `npm run fuzz` sends: enough to meet each kind of request and of mutation. */
const REQUESTS = rounds(10_000);

let run: FuzzTarget;

beforeAll(async () => {
  run = await startTarget(process.env.SYNTHESIZED ?? '');
});
afterAll(() => run.stop());

it('no mutated request ends the local run, or makes it say that it is itself at fault', async () => {
  const seed = randomInt(1_000_000);
  const { suspects, statuses } = await fuzz({ ...run, requests: REQUESTS, seed });
  // The seed and the numbers say how to see them: npm run fuzz -- --seed … --show …
  expect({ seed, suspects, complaints: run.complaints() }).toEqual({ seed, suspects: [], complaints: '' });
  expect(await run.answers()).toBe(true);
  const answered = new Set([...statuses.keys()]);
  for (const status of ['api 200', 'api 401', 'api 403', 'database 200', 'database 400', 'database 404']) {
    expect(answered).toContain(status);
  }
});
