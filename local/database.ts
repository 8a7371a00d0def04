import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
import dynalite from 'dynalite';
import { cutOff, REFUSALS, type Watch } from './faults';
import { Problem } from './problem';
import { askEngine, type RemovalTap, watchRemovals } from './removals';
import { close, LOOPBACK, listen } from './server';
import { ACCOUNT, REGION, type Template } from './template';

/** A function that calls the database. */
interface CallingFunction {
  readonly name: string;
  /** Whether its role allows it. */
  readonly mayCall: (action: string, resource: string) => boolean;
}

export interface DatabaseOptions {
  /** Whose access key it is. Undefined for a caller that is not checked. */
  readonly functionOf?: (accessKey: string) => CallingFunction | undefined;
  readonly watch?: Watch;
  /** Told of what is removed from tables with a change stream. */
  readonly tap?: RemovalTap;
}

export interface Database {
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** The operations that can remove an item. */
const REMOVING = new Set(['DeleteItem', 'BatchWriteItem']);

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
  { functionOf, watch, tap }: DatabaseOptions = {},
): Promise<Database> {
  const path = folder && join(folder, 'dynamodb');
  if (folder && path) await assertUsable(folder, path);
  const remove = tap && watchRemovals(tap);
  const engine = dynalite({ path, createTableMs: 0, deleteTableMs: 0 });
  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => refuse(response, 500, 'InternalServerError', error.message));
  });
  const served = await listen(server, port, 'DYNAMODB_PORT', 'the database');
  return {
    endpoint: `http://${LOOPBACK}:${served}`,
    async close() {
      await close(server);
      // The engine closes its files only after it has listened itself, which it never did.
      await new Promise<void>((resolve) => engine.listen(0, LOOPBACK, resolve));
      await new Promise<void>((resolve) => engine.close(() => resolve()));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const accessKey = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const action = `dynamodb:${operation}`;
    const caller = functionOf?.(accessKey);
    if (!caller && !(remove && REMOVING.has(operation))) return void engine.emit('request', request, response);

    const body = Buffer.concat(await request.toArray());
    const parsed = JSON.parse(body.toString() || '{}');
    const resources = resourcesOf(parsed);
    const refused = caller && resources.find((resource) => !caller.mayCall(action, resource));
    const { headers, method, url } = request;
    const fault =
      caller &&
      (await watch?.({
        id: String(headers['amz-sdk-invocation-id']),
        functionName: caller.name,
        action,
        resources,
        body: body.toString(),
        allowed: !refused,
      }));
    if (refused) {
      const what = `${caller?.name} is not authorized to perform: ${action} on resource: ${refused}`;
      return refuse(response, 400, 'com.amazon.coral.service#AccessDeniedException', what);
    }
    if (fault === 'silent') return;
    if (fault === 'cut off') cutOff(response);
    else if (fault) return refuse(response, ...REFUSALS[fault]);
    const removed = remove?.(operation, parsed, askEngine(engine, request));
    if (removed) {
      const reply = await removed;
      response.writeHead(reply.status, reply.headers);
      response.end(JSON.stringify(reply.body));
      return;
    }
    engine.emit('request', Object.assign(Readable.from([body]), { headers, method, url }), response);
  }
}

/** The ARNs of what a request works on. */
function resourcesOf({ TableName, IndexName, RequestItems }: any): string[] {
  const tables = TableName ? [TableName] : Object.keys(RequestItems ?? {});
  return tables.map(
    (table) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}${IndexName ? `/index/${IndexName}` : ''}`,
  );
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message }));
}

/** A folder that another run has open, or that is no database, would crash the engine later: it is tried before. */
async function assertUsable(folder: string, path: string): Promise<void> {
  try {
    mkdirSync(path, { recursive: true });
    const probe = new ClassicLevel(path);
    await probe.open();
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
