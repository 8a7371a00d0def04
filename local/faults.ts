import type { ServerResponse } from 'node:http';
import { Problem } from '../command/problem';
import type { Access } from './accesses';

/** What a database may do instead of answering well. */
export type Fault = 'throttled' | 'failing' | 'denied' | 'cut off' | 'silent';

/** A function's call of the database. Sent again by the SDK, it is the same call. */
export interface DatabaseCall {
  readonly id: string;
  readonly functionName: string;
  readonly action: string;
  /** The ARNs of what it works on. */
  readonly resources: readonly string[];
  /** The actions on them that the function's role must allow: of a transaction, those of its parts. */
  readonly accesses: readonly Pick<Access, 'action' | 'resource'>[];
  readonly body: string;
  /** Whether the function's role allows it. */
  readonly allowed: boolean;
}

/** Told of each call before it is served; what it returns happens to the call. */
export type Watch = (call: DatabaseCall) => Fault | undefined | Promise<Fault | undefined>;

/** An answer to a call that the database itself never gets to see, in the words of the service. */
export const REFUSALS: Readonly<Record<'throttled' | 'failing' | 'denied', [status: number, body: object]>> = {
  throttled: [400, { __type: 'com.amazon.coral.availability#ThrottlingException', message: 'Rate exceeded' }],
  failing: [
    500,
    { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'The request could not be served.' },
  ],
  denied: [
    400,
    { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'A policy denies this with an explicit deny' },
  ],
};

/** Lets a call be served and its answer be lost: half of it is sent, then the connection breaks. */
export function cutOff(response: ServerResponse): void {
  response.end = ((answer: string) => {
    response.write(answer.slice(0, answer.length / 2), () => response.destroy());
    return response;
  }) as ServerResponse['end'];
}

/**
 * Faults at random, for `DATABASE_FAULTS`: a share of the calls fails. Half of them stay failed however often they are
 * sent; the others succeed when they are sent again, even if they were already carried out the first time.
 * @param share from 0 to 1
 */
function randomFaults(share: number): Watch {
  /** What happens to a call the next time it is sent. */
  const decided = new Map<string, Fault | undefined>();
  const faults: readonly Fault[] = ['throttled', 'failing', 'cut off'];
  return ({ id }) => {
    if (decided.has(id)) return decided.get(id);
    const fault = Math.random() < share ? faults[Math.floor(Math.random() * faults.length)] : undefined;
    decided.set(id, Math.random() < 0.5 ? fault : undefined);
    // Nothing is sent again after so many others.
    if (decided.size > 10_000) decided.delete(decided.keys().next().value ?? '');
    return fault;
  };
}

/** @throws a problem when the variable is set and no share */
export function faultsFrom(text: string | undefined): Watch | undefined {
  if (!text) return undefined;
  const share = Number(text);
  if (share >= 0 && share <= 1) return randomFaults(share);
  throw new Problem(`DATABASE_FAULTS is "${text}"; a share of the database calls from 0 to 1 is expected.`);
}
