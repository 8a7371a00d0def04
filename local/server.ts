import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { printError } from '../command/printable';
import { Problem } from '../command/problem';

/** Nothing here is served beyond this machine. */
export const LOOPBACK = '127.0.0.1';

/**
 * Starts a server on loopback.
 * @param variable the environment variable that sets the port, for the message when it is taken
 * @returns the port
 */
export function listen(server: Server, port: number, variable: string, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Problem(`Port ${port}, for ${what}, is in use. Stop what uses it, or set ${variable} to another.`)
          : new Problem(`Port ${port}, for ${what}, cannot be used: ${error.message}.`),
      );
    });
    server.listen(port, LOOPBACK, () => {
      // One connection that cannot be taken is not the end of the others.
      server.on('error', console.error);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Finds out early that a port is taken.
 * @throws the problem that `listen` would throw
 */
export async function expectFree(port: number, variable: string, what: string): Promise<void> {
  const server = createServer();
  await listen(server, port, variable, what);
  await close(server);
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Serves requests in such a way that none ends the process.
 * @param fail answers a request that could not be served; not called if an answer has begun, or the client is gone
 */
export function safely(serve: Serve, fail: (response: ServerResponse, error: unknown) => void) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await serve(request, response);
    } catch (error) {
      if (response.headersSent) printError(error);
      if (response.headersSent || response.destroyed) response.destroy();
      else fail(response, error);
    }
  };
}
