import * as v from 'valibot';
import { providerUserId } from '../identity/identity-of';
import type { IdentifiedUser, identifyUsers } from '../user-pool/user-pool';
import { declined, type Receiver } from './message';

const id = v.pipe(v.string('An id must be a text.'), v.regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, 'This is not an id.'));

/** A person, by one of three formats of RFC 9493. */
export const subjectSchema = v.variant(
  'format',
  [
    v.object({ format: v.literal('iss_sub'), iss: id, sub: id }),
    v.object({ format: v.literal('email'), email: v.pipe(id, v.email('This is not an e-mail address.')) }),
    v.object({ format: v.literal('opaque'), id }),
  ],
  'The format must be iss_sub, email or opaque.',
);
export type Subject = v.InferOutput<typeof subjectSchema>;

/** Users of the pool whose attribute is exactly that. */
export type FindUsers = ReturnType<typeof identifyUsers>;

/**
 * The id of the one user whom a provider means.
 * @throws `Declined` if that is nobody, more than one, or not the provider's person; a refusal if it is no id
 */
export async function userOf(receiver: Receiver, subject: Subject, findUsers: FindUsers): Promise<string> {
  const { issuer, provider } = receiver;
  if (subject.format === 'iss_sub' && subject.iss !== issuer && subject.iss !== provider?.issuer) throw notTheirs();
  if (!provider) return userOfPool(receiver, subject, findUsers);
  if (subject.format === 'email') throw declined(400, 'People of this provider are not in the user pool.');
  const userId = subject.format === 'iss_sub' ? providerUserId(provider, subject.sub) : subject.id;
  if (!userId.startsWith(`${provider.name}|`)) throw notTheirs();
  return userId;
}

async function userOfPool({ poolProvider }: Receiver, subject: Subject, findUsers: FindUsers): Promise<string> {
  const [user, ...more] = await candidates();
  if (!user) throw declined(404, 'The user pool has no such user.');
  if (more.length > 0) throw declined(422, 'The user pool has several such users.');
  const isTheirs = user.identities.some(
    (one) => one.providerName === poolProvider && (subject.format !== 'iss_sub' || one.userId === subject.sub),
  );
  if (!isTheirs) throw notTheirs();
  return user.id;

  async function candidates(): Promise<readonly IdentifiedUser[]> {
    // The pool itself makes the names of these users.
    if (subject.format === 'iss_sub') return findUsers('username', `${poolProvider}_${subject.sub}`);
    if (subject.format === 'opaque') return findUsers('sub', subject.id);
    return (await findUsers('email', subject.email)).filter(({ isEmailVerified }) => isEmailVerified);
  }
}

const notTheirs = () => declined(403, 'This is not a person of the provider that asks.');
