import { ownStage, type Target } from '../target';

/** Milliseconds that a route took: the first request, and the median of ten more. */
export interface Latency {
  readonly route: string;
  readonly first: number;
  readonly further: number;
}

const FURTHER = 10;
const ROUTES: readonly (readonly [route: string, body?: object])[] = [
  ['POST /users/{id}/sessions', { userAgent: 'accept' }],
  ['GET /users/{id}/sessions'],
  ['DELETE /users/{id}/sessions/none'],
  ['DELETE /users/{id}/sessions'],
  ['GET /cleanups'],
  ['POST /cleanups', { dryRun: true }],
  ['POST /logout', {}],
];

/** Measures each route. In a stage just deployed, the first requests are cold. */
export async function latencies(target: Target): Promise<Latency[]> {
  ownStage(target);
  const person = await target.signIn('latency');
  const measured: Latency[] = [];
  for (const [route, body] of ROUTES) {
    const times: number[] = [];
    while (times.length <= FURTHER)
      times.push((await person.send(route.replace('/users/{id}/sessions', person.sessions), body)).milliseconds);
    const [first = 0, ...more] = times;
    measured.push({ route, first, further: more.sort((a, b) => a - b)[FURTHER / 2] ?? 0 });
  }
  return measured;
}
