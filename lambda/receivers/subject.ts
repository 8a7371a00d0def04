import * as v from 'valibot';
import { providerUserId } from '../identity/identity-of';
import { attributeOf, type recordsIn } from '../user-pool/user-pool';
import { Declined, type Receiver } from './message';

const ID = 'An id must have 1 to 256 characters and no control characters.';
const id = v.pipe(v.string('An id must be a text.'), v.regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, ID));
const email = v.pipe(id, v.email('This is not an e-mail address.'));
// RFC 9493, 3: an identifier has all members of its format and no others.
const MEMBERS = 'The format must have all of its members and no others.';

/** A person, by one of three formats of RFC 9493. */
export const subjectSchema = v.variant(
  'format',
  [
    v.strictObject({ format: v.literal('iss_sub'), iss: id, sub: id }, MEMBERS),
    v.strictObject({ format: v.literal('email'), email }, MEMBERS),
    v.strictObject({ format: v.literal('opaque'), id }, MEMBERS),
  ],
  'The format must be iss_sub, email or opaque.',
);
export type Subject = v.InferOutput<typeof subjectSchema>;

/** Users of the pool whose attribute is exactly that. */
export type FindUsers = ReturnType<typeof recordsIn>;

const notTheirs = () => new Declined(403, 'This is not a person of the provider that asks.');

/**
 * The id of the one user whom a provider means.
 * @throws `Declined` if that is nobody, more than one, or not the provider's person; a refusal if it is no id
 */
export async function userOf(receiver: Receiver, subject: Subject, findUsers: FindUsers): Promise<string> {
  const { issuer, provider } = receiver;
  if (subject.format === 'iss_sub' && subject.iss !== issuer && subject.iss !== provider?.issuer) throw notTheirs();
  if (!provider) return userOfPool(receiver, subject, findUsers);
  if (subject.format === 'email') throw new Declined(400, 'People of this provider are not in the user pool.');
  const userId = subject.format === 'iss_sub' ? providerUserId(provider, subject.sub) : subject.id;
  if (!userId.startsWith(`${provider.name}|`)) throw notTheirs();
  return userId;
}

async function userOfPool({ poolProvider }: Receiver, subject: Subject, findUsers: FindUsers): Promise<string> {
  const [user, ...more] = await candidates();
  if (more.length > 0) throw new Declined(422, 'The user pool has several such users.');
  const userId = user && attributeOf(user, 'sub');
  if (!userId) throw new Declined(404, 'The user pool has no such user.');
  /** The providers by which they sign in, each with the id that they have there. */
  const identities: readonly { providerName?: unknown; userId?: unknown }[] = JSON.parse(
    attributeOf(user, 'identities') ?? '[]',
  );
  const theirs = identities.filter(({ providerName }) => providerName === poolProvider);
  if (!theirs.some((one) => subject.format !== 'iss_sub' || one.userId === subject.sub)) throw notTheirs();
  return userId;

  async function candidates() {
    // The pool itself makes the names of these users.
    if (subject.format === 'iss_sub') return findUsers('username', `${poolProvider}_${subject.sub}`);
    if (subject.format === 'opaque') return findUsers('sub', subject.id);
    const found = await findUsers('email', subject.email);
    return found.filter((one) => attributeOf(one, 'email_verified') === 'true');
  }
}
