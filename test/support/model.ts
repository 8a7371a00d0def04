import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBModel, type ModelOptions } from '../../bench/dynamodb-model';
import { ModelTable, type Seed } from '../../bench/model/table';
import { systemClock } from '../../lambda/aws/retry';
import { databaseCalls } from '../../lambda/dynamodb/client';

const running: { server: Server; client: DynamoDBClient }[] = [];

afterEach(() => {
  for (const { server, client } of running.splice(0)) {
    client.destroy();
    server.close();
  }
});

/** A model of DynamoDB without delays that holds these items, with a client that calls it; gone after the test. */
export async function modelOf(items: Iterable<Seed>, options: ModelOptions = {}) {
  const table = new ModelTable();
  table.load(items);
  const model = new DynamoDBModel(table, { slowness: 0, ...options });
  const server = model.server().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const access = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new DynamoDBClient({ ...access, maxAttempts: 1 });
  running.push({ server, client });
  return { model, table, client, calls: databaseCalls(access, systemClock, { attempts: 1, attemptMs: 20_000 }) };
}
