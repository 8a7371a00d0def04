// Runs one function's bundle, in a thread with the function's own environment, as Lambda runs it in a process.
// Plain JavaScript, because a thread is started without the loader that runs the TypeScript.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { file, exportName, durable } = workerData;
const require = createRequire(import.meta.url);

const plain = (error) => ({
  name: String(error?.name ?? error?.errorType ?? 'Error'),
  message: String(error?.message ?? error?.errorMessage ?? error),
});

let invoke;
try {
  const handler = require(file)[exportName];
  if (typeof handler !== 'function') throw new Error(`The bundle exports no function ${exportName}.`);
  invoke = durable ? await durably(handler) : (event, context) => handler(event, context);
  parentPort.postMessage({ ready: true });
} catch (error) {
  parentPort.postMessage({ failed: plain(error) });
}

parentPort.on('message', async ({ id, event, context }) => {
  try {
    const result = await invoke(event, context);
    parentPort.postMessage({ id, result: result === undefined ? null : JSON.parse(JSON.stringify(result)) });
  } catch (error) {
    parentPort.postMessage({ id, error: plain(error) });
  }
});

/** A durable function runs on the durable execution SDK's own local engine, in real time. */
async function durably(handlerFunction) {
  const { LocalDurableTestRunner } = require('@aws/durable-execution-sdk-js-testing');
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  return async (payload) => {
    const execution = await new LocalDurableTestRunner({ handlerFunction }).run({ payload });
    if (execution.getStatus() !== 'SUCCEEDED') throw execution.getError();
    return execution.getResult();
  };
}
