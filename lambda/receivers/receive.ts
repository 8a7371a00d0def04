import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { revokeSessions } from '../domain/end';
import { Refusal, tryAgain } from '../domain/errors';
import type { RevocationReason } from '../domain/session';
import type { SessionStore } from '../domain/store';
import { claimedSignInId } from '../identity/identity-of';
import { Declined, type Message, type Receiver } from './message';
import { type FindUsers, type Subject, userOf } from './subject';

/** What a message asks for: the end of one sign-in, by the provider's id of it, or of all of a person. */
interface Order {
  readonly reason: RevocationReason;
  readonly sid?: string;
  readonly subject?: Subject;
}

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

export interface ReceiveDeps {
  readonly verify: (standard: Receiver['standard'], token: string) => Promise<Message>;
  /**
   * Notes that a message is being carried out, or has been.
   * @param request the whole of it: the same request may be carried out again until it has succeeded once
   * @param doneBy the id of the invocation that has carried it out. @default - none has
   * @returns false if its `jti` was used by another request, or another invocation has carried this one out
   */
  readonly note: (message: Message, request: string, doneBy?: string) => Promise<boolean>;
  readonly store: SessionStore;
  readonly findUsers: FindUsers;
  /** Makes all refresh tokens of a pool's user useless. @default - they stay */
  readonly signOutAtPool?: (userId: string) => Promise<unknown>;
  readonly clock: () => number;
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
  deps: ReceiveDeps,
  { name, tokenOf, read, success, failure }: Standard,
  event: APIGatewayProxyEvent,
): Promise<APIGatewayProxyResult> {
  const { verify, note, tell } = deps;
  let issuer: string | undefined;
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  try {
    const token = tokenOf(event);
    const message = await verify(name, token);
    issuer = message.receiver.issuer;
    const order = read(message, event);
    const request = `${token} ${event.body}`;
    if (!(await note(message, request))) throw used();
    const carriedOut = await carryOut(message, order, deps);
    if (!(await note(message, request, event.requestContext.requestId))) throw used();
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

/**
 * @returns whose sessions have ended, if that is known, and how many
 * @throws `Declined` if it is not certain whose sessions end: then none has ended
 */
async function carryOut({ receiver, claims }: Message, { sid, subject, reason }: Order, deps: ReceiveDeps) {
  const { store, findUsers, signOutAtPool, clock } = deps;
  const { provider, poolProvider } = receiver;
  let userId = subject && (await userOf(receiver, subject, findUsers));
  let ids: readonly string[] | undefined;
  if (sid !== undefined && provider && (provider.signInClaim ?? 'sid') === 'sid') {
    const signInId = claimedSignInId(provider.issuer, sid);
    // The mark comes first: what is not there after it can never be. One that has registered has it.
    await store.closeSignIn(signInId, '', clock());
    const session = await store.find(signInId);
    if (!session) return { userId, ended: 0 };
    userId ??= session.userId;
    if (session.userId !== userId) throw new Declined(403, 'The sid is not of a sign-in of the sub.');
    ids = [signInId];
  }
  if (userId === undefined) throw new Declined(400, 'This stage does not know sign-ins by sid: the token needs a sub.');
  // Nobody here knows whom a provider has besides those with sessions.
  const isUnknown = provider && reason === 'revoked-by-provider' && (await store.idsOf(userId, 1)).length === 0;
  if (isUnknown) throw new Declined(404, 'This person has no session here.');
  const options = { signedInBy: claims.iat * 1_000, clock, ids };
  const ended = await revokeSessions(store, userId, reason, options);
  if (ended.remaining) throw tryAgain(new Error('Some sessions of the user remain.'));
  if (poolProvider) await signOutAtPool?.(userId);
  return { userId, ended: ended.ids.length };
}
