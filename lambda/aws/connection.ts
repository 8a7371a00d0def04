import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** A service of AWS that speaks JSON by the names of its operations. */
export interface Service {
  /** As it is named in a signature. */
  readonly name: string;
  /** With its version, as it stands before an operation's name. */
  readonly target: string;
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  /** The environment variable that has the service's address. */
  readonly endpointVariable: string;
  /** Whether some of its answers have an empty body. @default - an answer without JSON is cut off */
  readonly answersNothing?: boolean;
}

/** What calls are signed with. The package's declarations show this, so it is no type of a library. */
export interface Credentials {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

export interface ConnectionOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials | (() => Credentials | Promise<Credentials>);
}

/** How functions, tests and commands reach an AWS service. */
export interface Connection {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: () => Credentials | Promise<Credentials>;
  /** Keeps the connections open between calls. */
  readonly agent: HttpAgent;
}

/** @param sockets how many connections there may be at once */
export function connectTo({ endpoint, region, credentials }: ConnectionOptions, sockets = 50): Connection {
  const url = new URL(endpoint);
  const Agent = url.protocol === 'https:' ? HttpsAgent : HttpAgent;
  return {
    endpoint: url,
    region,
    credentials: typeof credentials === 'function' ? credentials : () => credentials,
    agent: new Agent({ keepAlive: true, maxSockets: sockets }),
  };
}

/**
 * Reads the function's environment only: Lambda sets region and credentials there, the stack sets the service's address.
 */
export function environmentOptions({ endpointVariable }: Service): ConnectionOptions {
  const { AWS_REGION: region = '', [endpointVariable]: endpoint } = process.env;
  if (!endpoint) {
    throw new Error(`The environment variable ${endpointVariable} is missing: the stack sets it on the function.`);
  }
  const credentials = () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  });
  return { endpoint, region, credentials };
}

/** An answer did not come in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one HTTP request and reads the whole answer.
 * @param waitMs bounds the whole exchange; a socket's own time-out starts anew with every byte
 * @throws a `TimeoutError`, and Node's errors of a connection
 */
export function send(
  to: RequestOptions,
  { body, waitMs, maxBytes = Number.POSITIVE_INFINITY }: { body?: string; waitMs: number; maxBytes?: number },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = (to.protocol === 'https:' ? requestHttps : requestHttp)(to);
    // An aborted request fails with an error of Node's, which does not say why.
    let reason: Error | undefined;
    const abort = (error: Error) => {
      reason = error;
      request.destroy(error);
    };
    const timer = setTimeout(() => abort(new TimeoutError(`No answer within ${Math.round(waitMs)} ms.`)), waitMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(reason ?? error);
    };
    request.on('error', fail).on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response
        .on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > maxBytes) abort(new Error(`The answer is longer than ${maxBytes} bytes.`));
        })
        .on('error', fail)
        .on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
    });
    request.end(body);
  });
}
