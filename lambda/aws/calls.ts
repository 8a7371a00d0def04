import { randomUUID } from 'node:crypto';
import type { RequestOptions } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { sign } from 'aws4';
import { type Connection, type HttpAnswer, type Service, send, TimeoutError } from './connection';
import { type Clock, isConflict, isTransient, retrying } from './retry';

/** An error that a service of AWS answered with, by the name of its exception. */
export class ServiceError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** Of the answer's HTTP status. */
    readonly status: number,
    /** Why a transaction was cancelled: a code for each of its items, in their order; `None` for one that was fine. */
    readonly reasons: readonly string[] = [],
    /** The item that a write's condition did not hold for, if the write asked for it and there is one. */
    readonly item?: object,
  ) {
    super(message);
  }

  /** Whether an earlier attempt of the same call got no answer: the service may have carried it out. */
  mayBeRepeated = false;

  /** Whether the service said that it has not done what was asked. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

export interface CallLimits {
  /** The most attempts. With a deadline, a call in conflict with a transaction is repeated as long as time allows. */
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
 * Calls one service: signs with `aws4`, sends with Node's HTTP client, and retries if that may help. The SDK's client does
 * the same with three times the CPU time and ten times the code. That counts: a request of this backend is little more
 * than two or three calls, and a sweep is thousands.
 */
export class Calls {
  private readonly to: RequestOptions;
  private readonly limits: CallLimits;

  constructor(
    private readonly connection: Connection,
    private readonly service: Service,
    readonly clock: Clock,
    limits: Partial<CallLimits> = {},
  ) {
    this.limits = { ...FOR_REQUESTS, ...limits };
    this.to = { ...urlToHttpOptions(connection.endpoint), method: 'POST', agent: connection.agent };
  }

  /** The same calls on the same connections, all of which come to an end by an instant, epoch milliseconds. */
  until(deadline: number): Calls {
    return new Calls(this.connection, this.service, this.clock, { ...this.limits, deadline });
  }

  /**
   * @param operation by its name in the service's API, such as `GetItem`
   * @param input, and the output, as the API has them; a binary value would stay in base64
   * @throws a `ServiceError`, a `TimeoutError`, and Node's errors of a connection; `isTransient` says which to retry
   */
  call<Output extends object>(operation: string, input: object): Promise<Output> {
    const { attempts, deadline } = this.limits;
    const body = JSON.stringify(input);
    // The same in all attempts, so that the service can tell that they are one call.
    const id = randomUUID();
    let wasUnanswered = false;
    const attempt = async () => {
      try {
        return await this.attempt<Output>(operation, id, body);
      } catch (error) {
        if (error instanceof ServiceError && error.isRefusal) error.mayBeRepeated = wasUnanswered;
        else wasUnanswered = true;
        throw error;
      }
    };
    return retrying(attempt, {
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
    const waitMs = Math.min(attemptMs, deadline - this.clock.now());
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
    return read(await send({ ...this.to, headers }, { body, waitMs }), service) as Output;
  }
}

function read({ status, text }: HttpAnswer, { answersNothing }: Service): object {
  if (answersNothing && status < 300 && text === '') return {};
  let body: {
    __type?: string;
    message?: string;
    Message?: string;
    CancellationReasons?: { Code?: string }[];
    Item?: object;
  };
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ServiceError('UnreadableAnswer', `The answer is not JSON: ${(error as Error).message}`, status);
  }
  if (status < 300) return body;
  const name = String(body.__type).replace(/^.*#/, '');
  const reasons = body.CancellationReasons?.map(({ Code = 'None' }) => Code);
  throw new ServiceError(name, body.message ?? body.Message ?? name, status, reasons, body.Item);
}
