import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EngineError, isEngineError } from '../local/engine-error';
import { compileFilter, compileProjection } from './model/filter';
import type { ModelTable, TableCounts } from './model/table';
import { itemToWire } from './model/value';
import { WriteCapacity } from './model/write-capacity';

/** Service times in milliseconds. Requests that overlap do not wait for each other. */
export const SERVICE_MS = { write: 7.5, batch: 10, scan: 7.5, scanMegabyte: 43 };

export const TABLE_NAME = 'bench-user-sessions';
const MOST_IN_A_BATCH = 25;
const MEGABYTE = 1024 * 1024;
const THROTTLED = 'The level of configured provisioned throughput for the table was exceeded.';

export interface ModelOptions {
  /** @default - the table never throttles */
  readonly writeUnitsPerSecond?: number;
  /** The service times are multiplied by this; a test sets 0. @default 1 */
  readonly slowness?: number;
  /** For the write capacity, milliseconds. @default performance.now */
  readonly clock?: () => number;
  /** Whether a batch leaves this delete unprocessed, as DynamoDB may at any time. @default - only without capacity */
  readonly leavesUnprocessed?: (sessionId: string) => boolean;
}

const DEFAULTS: Required<ModelOptions> = {
  writeUnitsPerSecond: Number.POSITIVE_INFINITY,
  slowness: 1,
  clock: () => performance.now(),
  leavesUnprocessed: () => false,
};
const NOTHING_COUNTED = { readUnits: 0, writeUnits: 0, scannedBytes: 0, throttles: 0 };

export interface ModelStats extends TableCounts {
  /** By operation, including refused ones. */
  readonly requests: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Bytes of the items that scans examined. */
  readonly scannedBytes: number;
  /** Requests that were throttled, in whole or in part. */
  readonly throttles: number;
  /** How much longer than the service times the answers took on average, because timers are not exact. */
  readonly lateMs: number;
}

/** An operation's answer, and its service time in milliseconds. */
interface Answer {
  readonly body: string;
  readonly serviceMs: number;
}

/** The parts of a request that the model reads. */
interface Input {
  readonly TableName?: string;
  readonly Key?: { readonly sessionId?: { readonly S?: string } };
  readonly RequestItems?: Readonly<Record<string, { readonly DeleteRequest?: { readonly Key: Input['Key'] } }[]>>;
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly ExclusiveStartKey?: Input['Key'];
  readonly Limit?: number;
  readonly ProjectionExpression?: string;
  readonly FilterExpression?: string;
  readonly ExpressionAttributeValues?: Parameters<typeof compileFilter>[1];
  readonly ReturnConsumedCapacity?: 'TOTAL' | 'INDEXES' | 'NONE';
}

/** A model of DynamoDB over HTTP: the operations of a cleanup, with exact capacity units and service times. */
export class DynamoDBModel {
  private readonly counts = { requests: {} as Record<string, number>, ...NOTHING_COUNTED };
  private late = { total: 0, count: 0, carried: 0 };
  private readonly capacity: WriteCapacity;
  private readonly options: Required<ModelOptions>;

  private readonly operations: Readonly<Record<string, (input: Input) => Answer>> = {
    Scan: (input) => this.scan(input),
    DeleteItem: (input) => this.delete(input),
    BatchWriteItem: (input) => this.writeBatch(input),
  };

  constructor(
    private readonly table: ModelTable,
    options: ModelOptions = {},
  ) {
    this.options = { ...DEFAULTS, ...options };
    this.capacity = new WriteCapacity(this.options.writeUnitsPerSecond, this.options.clock);
  }

  /** A server that is not listening yet. */
  server(): Server {
    const server = createServer((request, response) => void this.serve(request, response));
    server.keepAliveTimeout = 60_000;
    return server;
  }

  stats(): ModelStats {
    const lateMs = this.late.total / Math.max(1, this.late.count);
    return { ...this.table.count(), ...structuredClone(this.counts), lateMs };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const arrived = performance.now();
    const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    const { status, body, serviceMs } = this.answer(operation, JSON.parse(Buffer.concat(chunks).toString()));
    await this.takeTime(arrived, serviceMs * this.options.slowness);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /** The answer to a request: its HTTP status and body, and after how many milliseconds. */
  answer(name: string, input: Input): Answer & { status: number } {
    this.counts.requests[name] = (this.counts.requests[name] ?? 0) + 1;
    try {
      const operation = this.operations[name];
      if (!operation) throw EngineError.of('UnknownOperationException', { message: `The model has no ${name}.` });
      const table = input.TableName ?? Object.keys(input.RequestItems ?? {})[0];
      if (table !== TABLE_NAME)
        throw EngineError.of('ResourceNotFoundException', { message: 'There is no such table.' });
      return { status: 200, ...operation(input) };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return { status: error.statusCode, body: JSON.stringify(error.body), serviceMs: SERVICE_MS.write };
    }
  }

  /** Timers count whole milliseconds. The rest of one wait is carried over to the next, so that the mean is right. */
  private async takeTime(arrived: number, milliseconds: number): Promise<void> {
    const wait = milliseconds - (performance.now() - arrived) + this.late.carried;
    const whole = Math.max(0, Math.round(wait));
    this.late.carried = Math.max(-1, Math.min(1, wait - whole));
    if (whole > 0) await new Promise((resolve) => setTimeout(resolve, whole));
    this.late.total += performance.now() - arrived - milliseconds;
    this.late.count++;
  }

  /**
   * Read units: the bytes of all items examined, filtered out or not, together rounded up to 4 KB; half a unit for
   * each 4 KB, since the read is eventually consistent. So a full page takes 128.5, as DynamoDB reports it.
   */
  private scan(input: Input): Answer {
    const { examined, bytes, lastKey } = this.table.scan({
      segment: input.Segment ?? 0,
      totalSegments: input.TotalSegments ?? 1,
      after: input.ExclusiveStartKey && keyOf(input.ExclusiveStartKey),
      limit: input.Limit,
    });
    const passes = input.FilterExpression && compileFilter(input.FilterExpression, input.ExpressionAttributeValues);
    const found = passes ? examined.filter(passes) : examined;
    const names = input.ProjectionExpression ? compileProjection(input.ProjectionExpression) : undefined;
    const units = Math.ceil(bytes / 4_096) / 2;
    this.counts.readUnits += units;
    this.counts.scannedBytes += bytes;
    const fields = [
      `"Count":${found.length},"ScannedCount":${examined.length}`,
      ...(lastKey ? [`"LastEvaluatedKey":${itemToWire({ sessionId: lastKey })}`] : []),
      ...(wantsCapacity(input) ? [`"ConsumedCapacity":${capacity(units)}`] : []),
      `"Items":[${found.map((item) => itemToWire(item, names)).join(',')}]`,
    ];
    const serviceMs = SERVICE_MS.scan + SERVICE_MS.scanMegabyte * (bytes / MEGABYTE);
    return { body: `{${fields.join(',')}}`, serviceMs };
  }

  private delete(input: Input): Answer {
    const units = this.tryDelete(keyOf(input.Key));
    if (units === undefined) return this.throttle();
    const body = wantsCapacity(input) ? `{"ConsumedCapacity":${capacity(units)}}` : '{}';
    return { body, serviceMs: SERVICE_MS.write };
  }

  /** Does what the capacity allows and hands back the rest. Throttles if it allows nothing. */
  private writeBatch(input: Input): Answer {
    const requests = input.RequestItems?.[TABLE_NAME] ?? [];
    const keys = requests.map(({ DeleteRequest }) => keyOf(DeleteRequest?.Key));
    if (keys.length === 0 || keys.length > MOST_IN_A_BATCH || new Set(keys).size < keys.length) {
      throw EngineError.validation(`A batch has 1 to ${MOST_IN_A_BATCH} requests, each of another key.`);
    }
    let units = 0;
    let wantCapacity = 0;
    const left = requests.filter((_, index) => {
      const sessionId = keys[index] as string;
      if (this.options.leavesUnprocessed(sessionId)) return true;
      const took = this.tryDelete(sessionId);
      units += took ?? 0;
      if (took === undefined) wantCapacity++;
      return took === undefined;
    });
    if (wantCapacity === requests.length) this.throttle();
    if (left.length > 0) this.counts.throttles++;
    const UnprocessedItems = left.length > 0 ? { [TABLE_NAME]: left } : {};
    const consumed = wantsCapacity(input) ? `,"ConsumedCapacity":[${capacity(units)}]` : '';
    return { body: `{"UnprocessedItems":${JSON.stringify(UnprocessedItems)}${consumed}}`, serviceMs: SERVICE_MS.batch };
  }

  /** @returns the write units it took, or undefined if the capacity does not allow them */
  private tryDelete(sessionId: string): number | undefined {
    const units = this.table.deleteUnits(sessionId);
    if (!this.capacity.take(units)) return undefined;
    this.table.delete(sessionId);
    this.counts.writeUnits += units;
    return units;
  }

  private throttle(): never {
    this.counts.throttles++;
    throw EngineError.of('ProvisionedThroughputExceededException', { message: THROTTLED });
  }
}

const wantsCapacity = ({ ReturnConsumedCapacity = 'NONE' }: Input): boolean => ReturnConsumedCapacity !== 'NONE';

const capacity = (units: number): string => `{"TableName":"${TABLE_NAME}","CapacityUnits":${units}}`;

function keyOf(key: Input['Key']): string {
  const sessionId = key?.sessionId?.S;
  if (sessionId) return sessionId;
  throw EngineError.validation('The provided key element does not match the schema');
}
