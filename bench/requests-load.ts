import { Agent, request } from 'node:http';
import type { Asked } from './events';
import { type LocalRun, USER_AGENT } from './local-run';

const AT_ONCE = 8;

/** Requests over HTTP, several at once. */
export interface Load {
  /** Of each request, milliseconds. */
  readonly took: readonly number[];
  readonly wallMs: number;
  /** For each request, of the local run's process: gateway, functions, database. Milliseconds. */
  readonly cpuMs: number;
}

/** Sends requests to the local run. @throws an error when one is not answered with a success */
export async function loadOf(run: LocalRun, asks: readonly Asked[]): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const left = [...asks];
  const took: number[] = [];
  const before = await run.cpuMs();
  const began = performance.now();
  const client = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const sent = performance.now();
      await send(`${run.served.apiUrl}`, next, agent);
      took.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const wallMs = performance.now() - began;
  const cpuMs = ((await run.cpuMs()) - before) / asks.length;
  agent.destroy();
  return { took, wallMs, cpuMs };
}

function send(apiUrl: string, { route, person, sessionId, body }: Asked, agent: Agent): Promise<void> {
  const [method = '', resource = ''] = route.split(' ');
  const path = resource
    .slice(1)
    .replace('{id}', person.userId)
    .replace('{sessionId}', sessionId ?? '');
  const headers = {
    authorization: `Bearer ${person.idToken}`,
    'user-agent': USER_AGENT,
    ...(body && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${apiUrl}${path}`, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if ((answer.statusCode ?? 0) < 300) resolve();
        else reject(new Error(`${route} answered ${answer.statusCode}: ${Buffer.concat(chunks)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}
