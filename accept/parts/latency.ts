import { ROUTES } from '../../lib/routes';
import { ownStage, type Target } from '../target';

/** Milliseconds that a route took: the first request, and the median of ten more. */
export interface Latency {
  readonly route: string;
  readonly first: number;
  readonly further: number;
}

const FURTHER = 10;

/** Measures each route, whatever it answers. In a stage just deployed, the first requests are cold. */
export async function latencies(target: Target): Promise<Latency[]> {
  ownStage(target);
  const person = await target.signIn('latency');
  // The session must live until the last route.
  const isLast = ({ path }: { path: string }) => Number(path === '/logout');
  const measured: Latency[] = [];
  for (const { method, path } of [...ROUTES].sort((a, b) => isLast(a) - isLast(b))) {
    const own = path.replace('/users/{id}/sessions', person.sessions).replace('{sessionId}', 'none');
    const body = method === 'POST' ? { userAgent: 'accept' } : undefined;
    const times: number[] = [];
    while (times.length <= FURTHER) times.push((await person.send(`${method} ${own}`, body)).milliseconds);
    const [first = 0, ...more] = times;
    measured.push({ route: `${method} ${path}`, first, further: more.sort((a, b) => a - b)[FURTHER / 2] ?? 0 });
  }
  return measured;
}
