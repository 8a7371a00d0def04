import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
import { printError } from '../command/printable';
import { Problem } from '../command/problem';
import { type Access, accessesOf } from './accesses';
import { announce, type DatabaseIdentity, IDENTITY_PATH, newIdentity, withdraw } from './data-folder';
import { readCall, sendReply } from './database-calls';
import { isOperation, openEngine } from './engine';
import { EngineError, isEngineError } from './engine-error';
import type { Change } from './engine-store';
import { cutOff, REFUSALS, type Watch } from './faults';
import { localOrigins, type Origins } from './origins';
import { assertReadable } from './request-limits';
import { close, LOOPBACK, listen, safely } from './server';
import { REGION, type Template } from './template';
import { transactionsOf } from './transactions';

/** A function that calls the database. */
interface CallingFunction {
  readonly name: string;
  /** Whether its role allows it. */
  readonly mayCall: (access: Access) => boolean;
}

export interface DatabaseOptions {
  /** Whose access key it is. Undefined for a caller that is not checked. */
  readonly functionOf?: (accessKey: string) => CallingFunction | undefined;
  /** The name of a table's partition key, for the conditions of policies. */
  readonly partitionKeyOf?: (tableName: string) => string | undefined;
  readonly watch?: Watch;
  /** @default - loopback only */
  readonly origins?: Origins;
  /** Told of each item that was written. */
  readonly onChange?: (change: Change) => void;
  /** @default 'run' */
  readonly openedBy?: DatabaseIdentity['openedBy'];
  /** Told to commands, which may not know which stage runs. @default - that of the local run's usual stage */
  readonly sessionsTable?: string;
}

export interface Database {
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** What every local client of the database signs with; nobody checks a signature on loopback. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });

/**
 * Opens the embedded database and serves it on loopback.
 * @param folder where it is kept; in memory when absent
 * @param port 0 for any that is free
 */
export async function openDatabase(
  folder: string | undefined,
  port: number,
  {
    functionOf,
    partitionKeyOf,
    watch,
    onChange,
    origins = localOrigins(),
    openedBy = 'run',
    sessionsTable,
  }: DatabaseOptions = {},
): Promise<Database> {
  const path = folder && join(folder, 'dynamodb');
  if (folder && path) await assertUsable(folder, path);
  const identity = newIdentity(folder, { openedBy, sessionsTable });
  const engine = openEngine(path, onChange);
  const transactions = transactionsOf(engine);
  const server = createServer(safely(serve, fail));
  const served = await listen(server, port, 'DYNAMODB_PORT', 'the database');
  const endpoint = `http://${LOOPBACK}:${served}`;
  if (folder) announce(folder, identity, endpoint);
  return {
    endpoint,
    async close() {
      if (folder) withdraw(folder);
      await close(server);
      await engine.close();
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const foreign = origins.refusedHost(request) ?? origins.refusedOrigin(request);
    if (foreign)
      throw new EngineError(403, { __type: 'com.amazon.coral.service#AccessDeniedException', message: foreign });
    if (request.method === 'GET' && request.url === IDENTITY_PATH) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(identity));
      return;
    }
    const call = await readCall(request);
    if (call === 'healthy') return void response.end('healthy: dynamodb.us-east-1.amazonaws.com ');
    const { operation, accessKey, body, input } = call;
    const caller = functionOf?.(accessKey);
    if (caller) {
      const accesses = accessesOf(operation, input, partitionKeyOf);
      const refused = accesses.find((access) => !caller.mayCall(access));
      const fault = await watch?.({
        id: String(request.headers['amz-sdk-invocation-id']),
        functionName: caller.name,
        action: `dynamodb:${operation}`,
        resources: [...new Set(accesses.map(({ resource }) => resource))],
        accesses,
        body,
        allowed: !refused,
      });
      if (refused) {
        const message = `${caller.name} is not authorized to perform: ${refused.action} on resource: ${refused.resource}`;
        throw EngineError.of('AccessDeniedException', { message }, 'com.amazon.coral.service');
      }
      if (fault === 'silent') return;
      if (fault === 'cut off') cutOff(response);
      else if (fault) return sendReply(response, ...REFUSALS[fault]);
    }
    sendReply(response, 200, await perform(operation, input));
  }

  async function perform(operation: string, input: any): Promise<object> {
    assertReadable(input);
    if (operation === 'TransactWriteItems') return transactions.write(input);
    if (operation === 'TransactGetItems') return transactions.get(input);
    if (!isOperation(operation)) throw EngineError.of('UnknownOperationException', {}, 'com.amazon.coral.service');
    const { ReturnValuesOnConditionCheckFailure: wanted } = input;
    return engine.run(operation, engine.check(operation, input), { returnsItem: wanted === 'ALL_OLD' });
  }
}

function fail(response: ServerResponse, error: unknown): void {
  const known = isEngineError(error) ? error : undefined;
  // Nobody expects any other, so it must be seen.
  if (!known) printError(error);
  const body = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: String(error) };
  sendReply(response, known?.statusCode ?? 500, known?.body ?? body);
}

/** A folder that another run has open, or that is no database, would crash the engine later: it is tried before. */
async function assertUsable(folder: string, path: string): Promise<void> {
  try {
    mkdirSync(path, { recursive: true });
    const probe = new ClassicLevel(path);
    await probe.open();
    // What a process that was killed has left behind goes before anybody can find the folder in use.
    withdraw(folder);
    await probe.close();
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    if (cause?.code === 'LEVEL_LOCKED') {
      throw new Problem(`${folder} is in use by another run. Stop that one, or set DATA_DIR to another folder.`);
    }
    const why = cause?.message ?? (error as Error).message;
    throw new Problem(
      `${folder} cannot be used as the data folder (${why}). Delete it to start anew, or set DATA_DIR to another.`,
    );
  }
}

/** Makes the template's tables where they do not exist yet. */
export async function createTables(template: Template, endpoint: string): Promise<void> {
  const client = localClient(endpoint);
  try {
    for (const [id, properties] of template.all('AWS::DynamoDB::Table')) {
      const { TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes, LocalSecondaryIndexes } =
        properties;
      if (LocalSecondaryIndexes) {
        throw new Problem(`The local run does not support local indexes, which the table ${id} has.`);
      }
      const wanted = {
        TableName,
        KeySchema,
        AttributeDefinitions,
        BillingMode,
        GlobalSecondaryIndexes,
      } as CreateTableCommandInput;
      const existing = await describe(client, TableName);
      if (!existing) await client.send(new CreateTableCommand(wanted));
      else if (shape(existing) !== shape(wanted)) {
        throw new Problem(
          `The stored table ${TableName} has other keys or indexes than the stack. Delete the data folder, or set DATA_DIR to another.`,
        );
      }
    }
  } finally {
    client.destroy();
  }
}

async function describe(client: DynamoDBClient, TableName: string) {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** A table's keys and indexes as comparable text. */
function shape({ KeySchema, GlobalSecondaryIndexes = [] }: TableDescription | CreateTableCommandInput): string {
  const keys = (schema: TableDescription['KeySchema']) =>
    schema?.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
  const indexes = GlobalSecondaryIndexes.map((index) => [
    index.IndexName,
    keys(index.KeySchema),
    index.Projection?.ProjectionType,
  ]);
  return JSON.stringify([keys(KeySchema), indexes.sort()]);
}
