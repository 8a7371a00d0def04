import { randomUUID } from 'node:crypto';
import { request as http, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as https } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { sign } from 'aws4';
import type { Connection, Service } from './connection';
import { isConflict, isTransient, retrying } from './retry';

/** An error that a service of AWS answered with, by the name of its exception. */
export class ServiceError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** Of the answer's HTTP status. */
    readonly status: number,
    /** Why a transaction was cancelled: a code for each of its items, in their order; `None` for one that was fine. */
    readonly reasons: readonly string[] = [],
  ) {
    super(message);
  }
}

/** An answer did not come in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export interface CallLimits {
  /** How often a call is sent at most. With a deadline, one in conflict with a transaction as often as time allows. */
  readonly attempts: number;
  /** How long an answer is waited for, in milliseconds. */
  readonly attemptMs: number;
  /** By when a call succeeds or fails, epoch milliseconds. @default - none */
  readonly deadline?: number;
}

/** For calls that a request waits for. */
const FOR_REQUESTS: CallLimits = { attempts: 3, attemptMs: 2_000 };
const BACKOFF = { base: 25, cap: 1_000 };

/**
 * Calls of one service: signed by `aws4`, sent by Node's own HTTP client, tried again when that may help. That is what
 * the SDK's client does, in a third of its CPU time and a tenth of its code: a request of this backend is little else
 * than two or three of these calls, and a sweep is thousands.
 */
export class Calls {
  private readonly to: RequestOptions;

  constructor(
    private readonly connection: Connection,
    private readonly service: Service,
    private readonly limits: CallLimits = FOR_REQUESTS,
    private readonly clock: () => number = Date.now,
  ) {
    this.to = { ...urlToHttpOptions(connection.endpoint), method: 'POST', agent: connection.agent };
  }

  /** The same calls on the same connections, all of which come to an end by an instant, epoch milliseconds. */
  until(deadline: number): Calls {
    return new Calls(this.connection, this.service, { ...this.limits, deadline }, this.clock);
  }

  /**
   * @param operation by its name in the service's API, such as `GetItem`
   * @param input, and the output, as the API has them; a binary value would stay in base64
   * @throws a `ServiceError`, a `TimeoutError`, and Node's errors of a connection; `isTransient` tells which may pass
   */
  call<Output extends object>(operation: string, input: object): Promise<Output> {
    const { attempts, deadline } = this.limits;
    const body = JSON.stringify(input);
    // The same in all attempts: it tells the other side that they are one call.
    const id = randomUUID();
    return retrying(() => this.attempt<Output>(operation, id, body), {
      ...BACKOFF,
      deadline,
      clock: this.clock,
      again: (error, attempt) =>
        isTransient(error) && (attempt < attempts || (deadline !== undefined && isConflict(error))),
    });
  }

  /** Closes the connections. */
  destroy(): void {
    this.connection.agent.destroy();
  }

  private async attempt<Output extends object>(operation: string, id: string, body: string): Promise<Output> {
    const { connection, service, limits } = this;
    const { deadline = Number.POSITIVE_INFINITY, attemptMs } = limits;
    const waitMs = Math.min(attemptMs, deadline - this.clock());
    if (waitMs <= 0) throw new TimeoutError('The time for the request is up.');
    const { headers } = sign(
      {
        service: service.name,
        region: connection.region,
        host: connection.endpoint.host,
        method: 'POST',
        path: connection.endpoint.pathname,
        headers: {
          'content-type': service.contentType,
          'x-amz-target': `${service.target}.${operation}`,
          'amz-sdk-invocation-id': id,
        },
        body,
      },
      await connection.credentials(),
    );
    return read(await post({ ...this.to, headers }, body, waitMs)) as Output;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(to: RequestOptions, body: string, waitMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (to.protocol === 'https:' ? https : http)(to);
    let timeout: TimeoutError | undefined;
    const timer = setTimeout(() => {
      timeout = new TimeoutError(`There was no answer within ${Math.round(waitMs)} ms.`);
      request.destroy(timeout);
    }, waitMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(timeout ?? error);
    };
    request.on('error', fail).on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', fail)
        .on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
    });
    request.end(body);
  });
}

function read({ status, text }: Answer): object {
  let body: { __type?: string; message?: string; Message?: string; CancellationReasons?: { Code?: string }[] };
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ServiceError('UnreadableAnswer', `The answer is not JSON: ${(error as Error).message}`, status);
  }
  if (status < 300) return body;
  const name = String(body.__type).replace(/^.*#/, '');
  const reasons = body.CancellationReasons?.map(({ Code = 'None' }) => Code);
  throw new ServiceError(name, body.message ?? body.Message ?? name, status, reasons);
}
