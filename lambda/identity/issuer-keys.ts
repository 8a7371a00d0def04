import { FetchError, JwtExpiredError, KidNotFoundInJwksError } from 'aws-jwt-verify/error';
import { assertIsJwks, type Jwk, type Jwks, type JwkWithKid } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import { unauthorized } from '../domain/errors';

/** Fetches the keys at an address. */
export type FetchKeys = (uri: string) => Promise<string>;

const MINUTE = 60_000;
/** Keys this old are fetched again when they are used. */
const REFRESH_AFTER = 30 * MINUTE;
/** Keys this old count no more: the issuer may have removed one of them. */
const MAX_AGE = 60 * MINUTE;
const MIN_FETCH_INTERVAL = 1_000;

const SIGNING_KEYS: ReadonlySet<string> = new Set(['RSA', 'EC', 'OKP']);

export const LEEWAY_SECONDS = 5;

/** Whose tokens are accepted, and which of them. */
export interface Signer {
  readonly jwksUri: string;
  /** @default - the caller checks whom a token is for */
  readonly audience?: string;
}

/** What is known of the keys at one address. Times are epoch milliseconds. */
class KeySet {
  text = '';
  keys: Jwks['keys'] = [];
  fetchedAt = Number.NEGATIVE_INFINITY;
  triedAt = Number.NEGATIVE_INFINITY;
  /** Why the latest fetch failed, if it did. */
  failure?: Error;
  pending?: Promise<void>;
}

/**
 * The issuers' keys, and what is signed with them. A key that an issuer has removed counts for at most an hour. Unknown
 * key ids, which anybody can send, cause at most one fetch a second.
 */
export class IssuerKeys {
  private readonly sets = new Map<string, KeySet>();

  /** @param deps.onChange called after a fetch that found other keys than before */
  constructor(
    private readonly deps: { readonly fetch: FetchKeys; readonly clock: () => number; readonly onChange: () => void },
  ) {}

  /** Until when the keys of an address need no other fetch, epoch milliseconds. After a failed one, for a minute. */
  trustedUntil(uri: string): number {
    const { fetchedAt, triedAt } = this.setOf(uri);
    return Math.min(Math.max(fetchedAt + REFRESH_AFTER, triedAt + MINUTE), fetchedAt + MAX_AGE);
  }

  /**
   * Verifies a token by its issuer's keys, and checks what the library leaves out.
   * @param signerOf finds the signer by the token's `iss`, of which nothing is verified yet
   * @param types what the token's `typ` may be, in small letters; undefined if it may be absent
   * @throws a refusal `UNAUTHORIZED` with a text of ours, a `FetchError` or `JwkValidationError` if the issuer's keys could
   * not be used, or any other error for a bad token. The text of the latter may quote the token.
   */
  async verify<S extends Signer>(
    token: string,
    signerOf: (issuer: unknown) => S | undefined,
    types: readonly unknown[],
  ) {
    const { header, payload, signatureB64 } = decomposeUnverifiedJwt(token);
    const signer = signerOf(payload.iss);
    if (!signer) throw new Error('The issuer is unknown.');
    // The last letter has bits that mean nothing. Another spelling of a signature is a token that nobody has signed.
    if (Buffer.from(signatureB64, 'base64url').toString('base64url') !== signatureB64) throw new Error('Misspelled.');
    const { jwksUri, audience = null } = signer;
    const rules = { issuer: null, audience, graceSeconds: LEEWAY_SECONDS };
    const claims = await verifyJwt(token, jwksUri, rules, (uri) => this.find(uri, header.kid));
    const { exp, aud, azp } = claims;
    const type = typeof header.typ === 'string' ? header.typ.toLowerCase() : header.typ;
    if (!types.includes(type)) throw unauthorized("The token's typ is not one that is accepted here.");
    if (header.crit !== undefined) throw unauthorized('The token has extensions (crit) that this stage does not know.');
    if (exp === undefined) throw unauthorized('The token has no end (exp), which this stage requires.');
    // The leeway is for a token that starts, not for one that ends.
    if (exp * 1_000 <= this.deps.clock()) throw new JwtExpiredError('The token has expired.', exp);
    if (audience !== null && Array.isArray(aud) && aud.length > 1 && azp !== audience) {
      throw unauthorized("The token has several audiences, and its azp is not this stage's audience.");
    }
    return { signer, claims };
  }

  /** @throws a `KidNotFoundInJwksError` if the issuer has no such key, a `FetchError` if its keys could not be fetched */
  async find(uri: string, kid: string | undefined): Promise<JwkWithKid> {
    const { clock } = this.deps;
    const set = this.setOf(uri);
    const isKey = (one: Jwk): one is JwkWithKid => one.kid !== undefined && one.kid === kid;
    const current = () => (clock() < set.fetchedAt + MAX_AGE ? set.keys.find(isKey) : undefined);
    const known = clock() < this.trustedUntil(uri) && current();
    if (known) return known;
    if (set.pending || clock() >= set.triedAt + MIN_FETCH_INTERVAL) await this.refresh(uri);
    const found = current();
    if (found) return found;
    throw set.failure ?? new KidNotFoundInJwksError('The issuer has no such key.');
  }

  /** Fetches the keys of an address. A failure shows in `find`. */
  refresh(uri: string): Promise<void> {
    const set = this.setOf(uri);
    set.pending ??= this.fetchInto(set, uri).finally(() => {
      set.pending = undefined;
    });
    return set.pending;
  }

  private async fetchInto(set: KeySet, uri: string): Promise<void> {
    set.triedAt = this.deps.clock();
    try {
      const text = await this.deps.fetch(uri);
      const isChanged = text !== set.text;
      Object.assign(set, { keys: readKeys(text), text, fetchedAt: set.triedAt, failure: undefined });
      if (isChanged) this.deps.onChange();
    } catch (cause) {
      const message = `The keys at ${uri} could not be fetched.`;
      set.failure = Object.assign(new FetchError(uri, message), { message, cause });
    }
  }

  private setOf(uri: string): KeySet {
    if (!this.sets.has(uri)) this.sets.set(uri, new KeySet());
    return this.sets.get(uri) as KeySet;
  }
}

/** Reads the keys for signatures. An answer without any counts as a failed fetch, or every good token would look forged. */
function readKeys(text: string): Jwks['keys'] {
  const answer: Parameters<typeof assertIsJwks>[0] = JSON.parse(text);
  assertIsJwks(answer);
  const usable = answer.keys.filter(({ kty, use = 'sig' }) => SIGNING_KEYS.has(kty) && use === 'sig');
  if (usable.length === 0) throw new Error('The issuer answered with no key for signatures.');
  return usable;
}
