import type { DurableExecutionClient, DurableLogger } from '@aws/durable-execution-sdk-js';
import { CheckpointDurableExecutionCommand, GetDurableExecutionStateCommand, LambdaClient } from '#client-lambda';

async function telling<T>(logger: DurableLogger | undefined, failure: string, sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    logger?.error(failure, error as Error);
    throw error;
  }
}

/**
 * Keeps the checkpoints of a durable function with Lambda, just as the durable execution SDK's own client would: with its
 * timeouts, and telling of what failed. That one imports the client of Lambda while it runs, so a bundler, which cannot
 * know what of it will be used, would bundle all of it (docs/decisions.md).
 */
export function executionClient(): DurableExecutionClient {
  const requestHandler = {
    connectionTimeout: 5_000,
    socketTimeout: 50_000,
    requestTimeout: 55_000,
    throwOnRequestTimeout: true,
  };
  const client = new LambdaClient({ requestHandler });
  return {
    getExecutionState: (request, logger) =>
      telling(
        logger,
        'The state of the durable execution was not read.',
        client.send(new GetDurableExecutionStateCommand(request)),
      ),
    checkpoint: (request, logger) =>
      telling(
        logger,
        'A checkpoint of the durable execution was not kept.',
        client.send(new CheckpointDurableExecutionCommand(request)),
      ),
  };
}
