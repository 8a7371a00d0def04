import { createServer, type IncomingHttpHeaders } from 'node:http';
import { close, LOOPBACK, listen } from '../../local/server';

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: any;
}

/** A service of AWS that answers as a test says, and remembers what it was asked. */
export interface ScriptedService {
  readonly endpoint: string;
  readonly requests: ServiceRequest[];
  readonly close: () => Promise<void>;
}

/** @param answer the body to answer a request with, undefined for none; one with a `status` besides 200 is an error, by an `errorType` header if it has one */
export async function scriptedService(
  answer: (request: ServiceRequest) => ({ status?: number; errorType?: string } & object) | undefined,
): Promise<ScriptedService> {
  const requests: ServiceRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const text = Buffer.concat(await incoming.toArray()).toString();
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: text && JSON.parse(text) };
    requests.push(request);
    const answered = answer(request);
    const { status = 200, errorType, ...body } = answered ?? {};
    const type = errorType === undefined ? {} : { 'x-amzn-errortype': errorType };
    response.writeHead(status, { 'content-type': 'application/json', ...type }).end(answered && JSON.stringify(body));
  });
  const port = await listen(server, 0, 'none', 'a scripted service');
  return { endpoint: `http://${LOOPBACK}:${port}`, requests, close: () => close(server) };
}
