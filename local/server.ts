import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem } from './problem';

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
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
