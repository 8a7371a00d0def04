import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Refusal } from '../domain/errors';
import { carryOut, type Means, type Order } from './carry-out';
import { Declined, type Message, type Receiver } from './message';

/** How requests of a standard are read and answered. */
export interface Standard {
  readonly name: Receiver['standard'];
  /** @throws `Declined` if there is not exactly one token in the request */
  readonly tokenOf: (event: APIGatewayProxyEvent) => string;
  /** @throws `Declined` or a refusal if the message is of another kind, or does not say whom it is about */
  readonly read: (message: Message, event: APIGatewayProxyEvent) => Order;
  readonly success: number;
  /** The status of all failures. @default - each has its own */
  readonly failure?: number;
}

export interface ReceiveDeps extends Means {
  readonly verify: (standard: Receiver['standard'], token: string) => Promise<Message>;
  /**
   * Notes that a message is being carried out, or has been.
   * @param request the whole of it: the same request may be carried out again until it has succeeded once
   * @returns false if its `jti` was used by another request, or this one has succeeded
   */
  readonly note: (message: Message, request: string, isDone: boolean) => Promise<boolean>;
  /**
   * Logs and counts what became of a request.
   * @param outcome `failed`: it was not carried out, and that was not the sender's fault
   * @param details nothing in them is a stranger's text
   */
  readonly tell: (outcome: 'accepted' | 'refused' | 'failed', details: Readonly<Record<string, unknown>>) => void;
}

const used = () => new Declined(400, 'The token has been used: its jti is accepted once.');

/** Answers a request as its standard says. */
export async function receive(
  { verify, note, tell, ...means }: ReceiveDeps,
  { name, tokenOf, read, success, failure }: Standard,
  event: APIGatewayProxyEvent,
): Promise<APIGatewayProxyResult> {
  let issuer: string | undefined;
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  try {
    const token = tokenOf(event);
    const message = await verify(name, token);
    issuer = message.receiver.issuer;
    const order = read(message, event);
    const request = `${token} ${event.body}`;
    if (!(await note(message, request, false))) throw used();
    const carriedOut = await carryOut(message, order, means);
    if (!(await note(message, request, true))) throw used();
    tell('accepted', { status: success, issuer, ...carriedOut });
    return { statusCode: success, headers, body: '' };
  } catch (error) {
    const { code, status: own = 400, message: reason, cause = error } = error as Partial<Declined & Refusal>;
    const isDeclined = error instanceof Declined || (error instanceof Refusal && code !== 'TRY_AGAIN');
    const status = failure ?? (isDeclined ? own : 503);
    if (isDeclined) tell('refused', { status, issuer, reason });
    else tell('failed', { status, issuer, error: cause });
    const body = isDeclined
      ? { error: 'invalid_request', error_description: reason }
      : { error: 'temporarily_unavailable', error_description: 'Not carried out. Send it again in a moment.' };
    const challenge = status === 401 && { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
    return { statusCode: status, headers: { ...headers, ...challenge }, body: JSON.stringify(body) };
  }
}
