import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './bodies';
import { EngineError } from './engine-error';

const MOST_BODY_BYTES = 16 * 1024 * 1024;
const SERVICE = 'com.amazon.coral.service';

/** A request to the database, read. */
export interface DatabaseRequest {
  readonly operation: string;
  /** Who signed it, by the access key; the signature itself is not checked. */
  readonly accessKey: string;
  readonly body: string;
  /** The body's JSON: an object. */
  readonly input: Record<string, any>;
}

/**
 * Reads a request as the service does, up to what it works on.
 * @returns 'healthy' for a GET, which asks for nothing more
 * @throws an engine error
 */
export async function readCall(request: IncomingMessage): Promise<DatabaseRequest | 'healthy'> {
  const { headers, method } = request;
  const read = await readBody(request, MOST_BODY_BYTES);
  if (!read) {
    throw new EngineError(413, { __type: `${SERVICE}#RequestEntityTooLarge`, message: 'The request is too large' });
  }
  const body = read.toString();
  if (method === 'GET') return 'healthy';
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (method !== 'POST' || !['application/json', 'application/x-amz-json-1.0'].includes(type)) {
    throw new EngineError(404, { __type: `${SERVICE}#UnknownOperationException` });
  }
  const input = readObject(body);
  const operation = /^DynamoDB_(?:20111205|20120810)\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1];
  if (!operation) throw EngineError.of('UnknownOperationException', {}, SERVICE);
  const authorization = headers.authorization ?? '';
  if (!authorization.startsWith('AWS4-')) {
    const message = 'Request is missing Authentication Token';
    throw EngineError.of('MissingAuthenticationTokenException', { message }, SERVICE);
  }
  const accessKey = /Credential=([^/,\s]+)\//.exec(authorization)?.[1];
  if (!accessKey) {
    const message = "Authorization header requires 'Credential' parameter.";
    throw EngineError.of('IncompleteSignatureException', { message }, SERVICE);
  }
  return { operation, accessKey, body, input };
}

function readObject(body: string): Record<string, any> {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    throw EngineError.of('SerializationException', {}, SERVICE);
  }
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  throw EngineError.of('SerializationException', { Message: 'The request must be a JSON object' }, SERVICE);
}

export function sendReply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
