import type { IncomingMessage } from 'node:http';
import { Problem } from '../command/problem';

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** A host as requests and origins write it: its name, and its port if any. */
const HOST = /^([\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/;

/**
 * Which pages and host names may reach the local run. Any page that is open in a browser on this machine can call
 * loopback: by a request to another origin, or by a host name of its own that leads to 127.0.0.1.
 */
export interface Origins {
  /** The `Host` must be this machine. @returns why the request is refused, or undefined */
  readonly refusedHost: (request: IncomingMessage) => string | undefined;
  /** A page that sends the request must be of this machine. @returns why the request is refused, or undefined */
  readonly refusedOrigin: (request: IncomingMessage) => string | undefined;
}

/**
 * @param names hosts that count as this machine, besides the loopback ones
 */
export function localOrigins(names: readonly string[] = []): Origins {
  const isOurs = (host: string): boolean => {
    const name = HOST.exec(host.toLowerCase())?.[1] ?? '';
    return LOOPBACK_NAME.test(name) || names.includes(name);
  };
  return {
    refusedHost({ headers: { host = '' } }) {
      if (isOurs(host)) return undefined;
      return `The local run does not answer to the host ${JSON.stringify(host)}. Use 127.0.0.1, or name the host in ALLOWED_HOSTS.`;
    },
    refusedOrigin({ headers: { origin } }) {
      if (origin === undefined || isOurs(/^https?:\/\/(.+)$/.exec(origin)?.[1] ?? '')) return undefined;
      return `Pages of ${JSON.stringify(origin)} have no access to this part of the local run.`;
    },
  };
}

/**
 * Reads `ALLOWED_HOSTS`: names, separated by commas.
 * @throws a problem for what is no name of a host
 */
export function allowedHosts(text: string | undefined): string[] {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const wrong = names.find((name) => HOST.exec(name)?.[1] !== name);
  if (wrong)
    throw new Problem(`ALLOWED_HOSTS has "${wrong}"; names of hosts without ports are expected, separated by commas.`);
  return names;
}
