/** What something took. */
export interface Took {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
}

/** CPU time of this process so far, milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export async function timed<Result>(run: () => Promise<Result>): Promise<Took & { readonly result: Result }> {
  const [began, cpu] = [performance.now(), cpuMs()];
  const result = await run();
  return { result, wallMs: performance.now() - began, cpuMs: cpuMs() - cpu };
}

/** Answers the orders of the parent process, and ends with it. */
export function answerOrders<Order>(answer: (order: Order) => Promise<unknown>): void {
  process.on('message', async (order) => process.send?.(await answer(order as Order)));
  process.on('disconnect', () => process.exit());
}
