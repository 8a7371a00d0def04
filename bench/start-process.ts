import { answerOrders, timed } from './orders';

/** What Lambda's own runtime, the package `aws-lambda-ric`, has loaded before it loads a function. */
const LOADED_BY_LAMBDA = ['fs', 'http', 'module', 'net', 'os', 'path', 'util', 'worker_threads'];
for (const name of LOADED_BY_LAMBDA) require(`node:${name}`);

export interface StartOrder {
  readonly file: string;
  /** Absent if the function is only loaded. */
  readonly event?: unknown;
}

/** A function's first answer, in a process that has done nothing else: from before its file is loaded. */
answerOrders(({ file, event }: StartOrder) =>
  timed(async () => {
    const { handler } = require(file);
    return event === undefined ? undefined : handler(event, {});
  }),
);
