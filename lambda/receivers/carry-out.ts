import { revokeSessions } from '../domain/end';
import { tryAgain } from '../domain/errors';
import type { RevocationReason } from '../domain/session';
import type { SessionStore } from '../domain/store';
import { claimedSignInId } from '../identity/identity-of';
import { Declined, type Message } from './message';
import { type FindUsers, type Subject, userOf } from './subject';

/** What a message asks for: the end of one sign-in, by the provider's id of it, or of all of a person. */
export interface Order {
  readonly reason: RevocationReason;
  readonly sid?: string;
  readonly subject?: Subject;
}

/** What a message is carried out with. */
export interface Means {
  readonly store: SessionStore;
  readonly findUsers: FindUsers;
  /** Makes the refresh tokens useless that a user of the pool has. @default - they stay */
  readonly signOutAtPool?: (userId: string) => Promise<unknown>;
  readonly clock: () => number;
}

/**
 * @returns whose sessions have ended, if that is known, and how many
 * @throws `Declined` if it is not certain whose sessions end: then none has ended
 */
export async function carryOut({ receiver, claims }: Message, { sid, subject, reason }: Order, means: Means) {
  const { store, findUsers, signOutAtPool, clock } = means;
  const { provider, poolProvider } = receiver;
  const named = subject && (await userOf(receiver, subject, findUsers));
  const isBySid = provider !== undefined && (provider.signInClaim ?? 'sid') === 'sid';
  const signInId = isBySid && sid !== undefined ? claimedSignInId(provider.issuer, sid) : undefined;
  // The mark comes first: what is not there after it can never be. One that has registered has it.
  if (signInId !== undefined) await store.closeSignIn(signInId, '', clock());
  const session = signInId === undefined ? undefined : await store.find(signInId);
  if (signInId !== undefined && !session) return { userId: named, ended: 0 };
  const userId = session?.userId ?? named;
  if (userId === undefined) throw new Declined(400, 'This stage does not know sign-ins by sid: the token needs a sub.');
  if (named !== undefined && named !== userId) throw new Declined(403, 'The sid is not of a sign-in of the sub.');
  // Nobody here knows whom a provider has besides those with sessions.
  const isUnknown = provider && reason === 'revoked-by-provider' && (await store.idsOf(userId, 1)).length === 0;
  if (isUnknown) throw new Declined(404, 'This person has no session here.');
  const options = { signedInBy: claims.iat * 1_000, clock, ids: signInId === undefined ? undefined : [signInId] };
  const { ids, remaining } = await revokeSessions(store, userId, reason, options);
  if (remaining) throw tryAgain(new Error('Some sessions of the user remain.'));
  if (poolProvider) await signOutAtPool?.(userId);
  return { userId, ended: ids.length };
}
