/** What Lambda's own runtime, the package `aws-lambda-ric`, has loaded before it loads a function. */
const LOADED_BY_LAMBDA = ['fs', 'http', 'module', 'net', 'os', 'path', 'util', 'worker_threads'];
for (const name of LOADED_BY_LAMBDA) require(`node:${name}`);

/** What a process is to do; its first message. */
export interface FirstOrder {
  readonly file: string;
  /** Absent where the function is only loaded. */
  readonly event?: unknown;
}

/** What it took from before the function's file is loaded to after its first answer; sent back. */
export interface FirstReport {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  readonly answer?: unknown;
}

/** A function's first answer, in a process that has done nothing else. */
process.once('message', async ({ file, event }: FirstOrder) => {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { handler } = require(file);
  const answer = event === undefined ? undefined : await handler(event, {});
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ wallMs, cpuMs: (user + system) / 1_000, answer } satisfies FirstReport, () => process.exit());
});
