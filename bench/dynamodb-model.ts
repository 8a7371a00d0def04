import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { compileFilter, compileProjection } from './model/filter';
import { Refusal } from './model/refusal';
import type { ModelTable, TableCounts } from './model/table';
import { itemToWire } from './model/value';
import { WriteCapacity } from './model/write-capacity';

/** How long the service takes, in milliseconds; requests that overlap do not wait for each other. */
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
  /** Whether a batch leaves this delete unprocessed, as DynamoDB may at any time. @default - only for want of capacity */
  readonly leavesUnprocessed?: (sessionId: string) => boolean;
}

export interface ModelStats extends TableCounts {
  /** By operation, those that were refused included. */
  readonly requests: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Bytes of the items that scans examined. */
  readonly scannedBytes: number;
  /** Requests that were throttled, in whole or in part. */
  readonly throttles: number;
  /** What the service times were in the mean, above what they should have been: timers are not exact. */
  readonly lateMs: number;
}

/** What an operation answers, and after how many milliseconds of service. */
interface Answer {
  readonly body: string;
  readonly serviceMs: number;
}

/** A request, as far as the model reads it. */
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

/** A model of DynamoDB over HTTP: as much of it as a cleanup needs, with exact capacity units and service times. */
export class DynamoDBModel {
  private requests: Record<string, number> = {};
  private units = { read: 0, write: 0 };
  private scannedBytes = 0;
  private throttles = 0;
  private late = { total: 0, count: 0, carried: 0 };
  private readonly capacity: WriteCapacity;
  private readonly slowness: number;
  private readonly leavesUnprocessed: (sessionId: string) => boolean;

  private readonly operations: Readonly<Record<string, (input: Input) => Answer>> = {
    DescribeTable: () => this.describe(),
    Scan: (input) => this.scan(input),
    GetItem: (input) => this.get(input),
    DeleteItem: (input) => this.delete(input),
    BatchWriteItem: (input) => this.writeBatch(input),
  };

  constructor(
    private readonly table: ModelTable,
    {
      writeUnitsPerSecond = Number.POSITIVE_INFINITY,
      slowness = 1,
      clock = () => performance.now(),
      leavesUnprocessed = () => false,
    }: ModelOptions = {},
  ) {
    this.leavesUnprocessed = leavesUnprocessed;
    this.capacity = new WriteCapacity(writeUnitsPerSecond, clock);
    this.slowness = slowness;
  }

  /** A server that is not listening yet. */
  server(): Server {
    const server = createServer((request, response) => void this.serve(request, response));
    server.keepAliveTimeout = 60_000;
    return server;
  }

  stats(): ModelStats {
    return {
      ...this.table.count(),
      requests: { ...this.requests },
      readUnits: this.units.read,
      writeUnits: this.units.write,
      scannedBytes: this.scannedBytes,
      throttles: this.throttles,
      lateMs: this.late.total / Math.max(1, this.late.count),
    };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const arrived = performance.now();
    const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    const { status, body, serviceMs } = this.answer(operation, JSON.parse(Buffer.concat(chunks).toString()));
    await this.takeTime(arrived, serviceMs * this.slowness);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /** What a request is answered with: its HTTP status and body, and after how many milliseconds. */
  answer(name: string, input: Input): Answer & { status: number } {
    this.requests[name] = (this.requests[name] ?? 0) + 1;
    try {
      const operation = this.operations[name];
      if (!operation) throw new Refusal('UnknownOperationException', `The model has no ${name}.`);
      const table = input.TableName ?? Object.keys(input.RequestItems ?? {})[0];
      if (table !== TABLE_NAME) throw new Refusal('ResourceNotFoundException', 'Requested resource not found');
      return { status: 200, ...operation(input) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { type, message } = error;
      const __type = `com.amazonaws.dynamodb.v20120810#${type}`;
      return { status: 400, body: JSON.stringify({ __type, message }), serviceMs: SERVICE_MS.write };
    }
  }

  /** Timers count whole milliseconds: what one wait leaves over is carried to the next, so that the mean is right. */
  private async takeTime(arrived: number, milliseconds: number): Promise<void> {
    const wait = milliseconds - (performance.now() - arrived) + this.late.carried;
    const whole = Math.max(0, Math.round(wait));
    this.late.carried = Math.max(-1, Math.min(1, wait - whole));
    if (whole > 0) await new Promise((resolve) => setTimeout(resolve, whole));
    this.late.total += performance.now() - arrived - milliseconds;
    this.late.count++;
  }

  private describe(): Answer {
    const { items, bytes } = this.table.count();
    const Table = { TableName: TABLE_NAME, TableStatus: 'ACTIVE', ItemCount: items, TableSizeBytes: bytes };
    return { body: JSON.stringify({ Table }), serviceMs: SERVICE_MS.write };
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
    this.units.read += units;
    this.scannedBytes += bytes;
    const fields = [
      `"Count":${found.length},"ScannedCount":${examined.length}`,
      ...(lastKey ? [`"LastEvaluatedKey":${itemToWire({ sessionId: lastKey })}`] : []),
      ...(wantsCapacity(input) ? [`"ConsumedCapacity":${capacity(units)}`] : []),
      `"Items":[${found.map((item) => itemToWire(item, names)).join(',')}]`,
    ];
    return {
      body: `{${fields.join(',')}}`,
      serviceMs: SERVICE_MS.scan + SERVICE_MS.scanMegabyte * (bytes / MEGABYTE),
    };
  }

  private get(input: Input): Answer {
    const item = this.table.get(keyOf(input.Key));
    this.units.read += 0.5;
    return { body: item ? `{"Item":${itemToWire(item)}}` : '{}', serviceMs: SERVICE_MS.write };
  }

  private delete(input: Input): Answer {
    const units = this.tryDelete(keyOf(input.Key));
    if (units === undefined) return this.throttle();
    return {
      body: wantsCapacity(input) ? `{"ConsumedCapacity":${capacity(units)}}` : '{}',
      serviceMs: SERVICE_MS.write,
    };
  }

  /** Does what the capacity has room for and hands back the rest; throttles when there is room for nothing. */
  private writeBatch(input: Input): Answer {
    const requests = input.RequestItems?.[TABLE_NAME] ?? [];
    const keys = requests.map(({ DeleteRequest }) => keyOf(DeleteRequest?.Key));
    if (keys.length === 0 || keys.length > MOST_IN_A_BATCH || new Set(keys).size < keys.length) {
      throw new Refusal('ValidationException', `A batch has 1 to ${MOST_IN_A_BATCH} requests, each of another key.`);
    }
    let units = 0;
    let wantCapacity = 0;
    const left = requests.filter((_, index) => {
      const sessionId = keys[index] as string;
      if (this.leavesUnprocessed(sessionId)) return true;
      const took = this.tryDelete(sessionId);
      units += took ?? 0;
      if (took === undefined) wantCapacity++;
      return took === undefined;
    });
    if (wantCapacity === requests.length) this.throttle();
    if (left.length > 0) this.throttles++;
    const UnprocessedItems = left.length > 0 ? { [TABLE_NAME]: left } : {};
    const consumed = wantsCapacity(input) ? `,"ConsumedCapacity":[${capacity(units)}]` : '';
    return { body: `{"UnprocessedItems":${JSON.stringify(UnprocessedItems)}${consumed}}`, serviceMs: SERVICE_MS.batch };
  }

  /** @returns the write units it took, or undefined when the capacity has no room for them */
  private tryDelete(sessionId: string): number | undefined {
    const units = this.table.deleteUnits(sessionId);
    if (!this.capacity.take(units)) return undefined;
    this.table.delete(sessionId);
    this.units.write += units;
    return units;
  }

  private throttle(): never {
    this.throttles++;
    throw new Refusal('ProvisionedThroughputExceededException', THROTTLED);
  }
}

const wantsCapacity = ({ ReturnConsumedCapacity = 'NONE' }: Input): boolean => ReturnConsumedCapacity !== 'NONE';

const capacity = (units: number): string => `{"TableName":"${TABLE_NAME}","CapacityUnits":${units}}`;

function keyOf(key: Input['Key']): string {
  const sessionId = key?.sessionId?.S;
  if (sessionId) return sessionId;
  throw new Refusal('ValidationException', 'The provided key element does not match the schema');
}
