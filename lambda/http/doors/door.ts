import type { Decision, DoorRequest } from '../authorize';
import type { TrustedOrigin } from '../viewer';

export interface DoorOptions {
  /** Our own API's id. The authorizer also answers for other APIs of the team. */
  readonly apiId: string;
  /** `METHOD/path` of our own routes that need a good token but no live session, the path as the gateway names it. */
  readonly routesWithoutSession: readonly string[];
  /** `METHOD/path` of our own routes that other servers call with a user's token. */
  readonly routesForServers: readonly string[];
  /** Whether our own gateway caches answers. Then `passive` is ignored: the cache does not tell such requests apart. */
  readonly answersCached: boolean;
  /** @default - the connection's own address is the client's */
  readonly trustedOrigin?: TrustedOrigin;
}

/** A request at its door: what is asked, and how this door is answered. */
export interface AtDoor {
  readonly request: DoorRequest;
  readonly answer: (decision: Decision) => object;
}

/** Reads the events of one kind of API. @returns undefined if the event is not of this kind */
export type Door = (event: any, options: DoorOptions) => AtDoor | undefined;

/** All values of the header, whatever the case of its name. */
export const authorizationIn = (headers: Readonly<Record<string, unknown>> | null | undefined): string[] =>
  Object.entries(headers ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, sent]) => (sent ?? []) as string | string[]);
