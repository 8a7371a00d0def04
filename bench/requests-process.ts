/** A request for each route; the first three are what others can do, too. */
export const COMPARED = ['list', 'end one', 'log out'] as const;
export const OPERATIONS = [...COMPARED, 'register', 'end others'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Something that serves them, inside this process. */
export interface Server {
  /** What it needs to be asked so often; not measured. Absent where the parent sends it. */
  readonly prepare?: (operation: Operation, count: number) => Promise<unknown[]>;
  /** @throws an error when the answer is not the right one */
  readonly serve: (operation: Operation, ask: any) => Promise<void>;
}

/** The first message: the module that has `open`, and what that is given. */
export interface OpenOrder {
  readonly module: string;
  readonly settings: unknown;
}

/** Each later one: requests to be served one after another, as Lambda hands them to an environment. */
export interface ServeOrder {
  readonly operation: Operation;
  readonly count: number;
  readonly asks?: readonly unknown[];
}

export interface ServeReport {
  /** Of each request, milliseconds. */
  readonly took: number[];
  /** User and system time of all threads, milliseconds. */
  readonly cpuMs: number;
}

let server: Server;
let asks: readonly unknown[] = [];
let operation: Operation;

/** `ready` answers each order, and `go` starts what was ordered last: the parent looks at the database before and after. */
process.on('message', async (order: OpenOrder | ServeOrder | 'go') => {
  if (order === 'go') return void process.send?.(await serveAll());
  if ('module' in order) {
    // A module of either kind; the compiler would make a `require` of it.
    server = await (await import(order.module)).open(order.settings);
  } else {
    operation = order.operation;
    asks = order.asks ?? (await server.prepare?.(operation, order.count)) ?? [];
  }
  process.send?.('ready');
});
process.on('disconnect', () => process.exit());

async function serveAll(): Promise<ServeReport> {
  const took: number[] = [];
  const cpu = process.cpuUsage();
  for (const ask of asks) {
    const began = performance.now();
    await server.serve(operation, ask);
    took.push(performance.now() - began);
  }
  const { user, system } = process.cpuUsage(cpu);
  return { took, cpuMs: (user + system) / 1_000 };
}
