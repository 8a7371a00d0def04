import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Calls } from '../aws/calls';
import { callsOf } from './client';

/** For a sweep: many connections, and time for a full page. The sweep itself tries again. */
export const sweepClient = (config: DynamoDBClientConfig = {}): Calls =>
  callsOf(
    new DynamoDBClient({
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: 2_000,
        requestTimeout: 20_000,
        throwOnRequestTimeout: true,
        httpAgent: { keepAlive: true, maxSockets: 256 },
        httpsAgent: { keepAlive: true, maxSockets: 256 },
      },
      ...config,
    }),
  );
