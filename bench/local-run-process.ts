import { readAssembly } from '../local/assembly';
import { type LocalStack, startLocalStack } from '../local/stack';

/** What the process says first: where it serves. Then, each time it is asked, the CPU time that it has taken. */
export type Served = Pick<LocalStack, 'url' | 'apiUrl' | 'databaseEndpoint'>;
export interface Taken {
  /** User and system time of all threads, milliseconds. */
  readonly cpuMs: number;
}

/** The local run of a synthesized stack, in memory; its folder is the first argument. */
async function main(): Promise<void> {
  const { url, apiUrl, databaseEndpoint } = await startLocalStack({
    assembly: readAssembly(process.argv[2]),
    port: 0,
    databasePort: 0,
    log: () => undefined,
  });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000 } satisfies Taken);
  });
  // The parent is gone: so is the reason to be here.
  process.on('disconnect', () => process.exit());
  process.send?.({ url, apiUrl, databaseEndpoint } satisfies Served);
}

void main();
