import type { DurableExecutionClient } from '@aws/durable-execution-sdk-js';
import { CheckpointDurableExecutionCommand, GetDurableExecutionStateCommand, LambdaClient } from '#client-lambda';

/**
 * Keeps the checkpoints of a durable function with Lambda, just as the durable execution SDK's own client would: with its
 * timeouts, and telling of what failed. That one imports the client of Lambda while it runs, so a bundler, which cannot
 * know what of it will be used, would bundle all of it (docs/decisions.md).
 */
export function executionClient(): DurableExecutionClient {
  const client = new LambdaClient({
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: 50_000,
      requestTimeout: 55_000,
      throwOnRequestTimeout: true,
    },
  });
  return {
    async getExecutionState(request, logger) {
      try {
        return await client.send(new GetDurableExecutionStateCommand(request));
      } catch (error) {
        logger?.error('The state of the durable execution was not read.', error as Error);
        throw error;
      }
    },
    async checkpoint(request, logger) {
      try {
        return await client.send(new CheckpointDurableExecutionCommand(request));
      } catch (error) {
        logger?.error('A checkpoint of the durable execution was not kept.', error as Error);
        throw error;
      }
    },
  };
}
