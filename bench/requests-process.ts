import type { Operation } from './operations';
import { answerOrders, type Took, timed } from './orders';

/** Something in this process that serves requests. */
export interface Server {
  /** Prepares what the requests need, without being measured. Absent if the parent sends it. */
  readonly prepare?: (operation: Operation, count: number) => Promise<unknown[]>;
  /** @throws an error if the answer is not the right one */
  readonly serve: (operation: Operation, ask: any) => Promise<void>;
}

/** The first order: a module with the function `open`, and that function's argument. */
export interface OpenOrder {
  readonly module: string;
  readonly settings: unknown;
}

/** Each later order: requests of one kind. */
export interface ServeOrder {
  readonly operation: Operation;
  readonly count: number;
  readonly asks?: readonly unknown[];
  /** How many are served at once. With 1, one after another, as Lambda hands them to an environment. */
  readonly atOnce: number;
}

export interface ServeReport extends Took {
  /** Of each request, milliseconds. */
  readonly took: readonly number[];
}

let server: Server;
let next: ServeOrder;
let asks: readonly unknown[] = [];

/** `go` starts the order before it, so that the parent can read its own CPU time before and after. */
answerOrders(async (order: OpenOrder | ServeOrder | 'go') => {
  if (order === 'go') return serveAll();
  if ('module' in order) {
    server = await (await import(order.module)).open(order.settings);
  } else {
    next = order;
    asks = order.asks ?? (await server.prepare?.(order.operation, order.count)) ?? [];
  }
  return 'ready';
});

async function serveAll(): Promise<ServeReport> {
  const left = [...asks];
  const took: number[] = [];
  const client = async () => {
    for (let ask = left.shift(); ask; ask = left.shift()) {
      const began = performance.now();
      await server.serve(next.operation, ask);
      took.push(performance.now() - began);
    }
  };
  const { wallMs, cpuMs } = await timed(() => Promise.all(Array.from({ length: next.atOnce }, client)));
  return { took, wallMs, cpuMs };
}
