import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a call of an AWS service asks for, and who signed it by the access key; the signature itself is not checked. */
export function readHead({ headers }: IncomingMessage): { operation: string; accessKey: string } {
  return {
    operation: String(headers['x-amz-target'] ?? '').split('.')[1] ?? '',
    accessKey: /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '',
  };
}

/** @param body undefined for none */
export function answer(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(body && JSON.stringify(body));
}
