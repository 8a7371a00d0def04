import { JwtExpiredError } from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import { unauthorized } from '../domain/errors';
import type { IssuerKeys } from './issuer-keys';

export const LEEWAY_SECONDS = 5;

/** Whose tokens are accepted, and which of them. */
export interface Signer {
  readonly jwksUri: string;
  /** @default - the caller checks whom a token is for */
  readonly audience?: string;
}

/**
 * Verifies a token by its issuer's keys, and checks what the library leaves out.
 * @param signerOf finds the signer by the token's `iss`, of which nothing is verified yet
 * @param types what the token's `typ` may be, in small letters; undefined if it may be absent
 * @param now epoch milliseconds
 * @throws a refusal `UNAUTHORIZED` with a text of ours, a `FetchError` or `JwkValidationError` if the issuer's keys could
 * not be used, or any other error for a bad token. The text of the latter may quote the token.
 */
export async function verifySigned<S extends Signer>(
  token: string,
  signerOf: (issuer: unknown) => S | undefined,
  types: readonly unknown[],
  keys: IssuerKeys,
  now: number,
) {
  const { header, payload, signatureB64 } = decomposeUnverifiedJwt(token);
  const signer = signerOf(payload.iss);
  if (!signer) throw new Error('The issuer is unknown.');
  // The last letter has bits that mean nothing. Another spelling of a signature is a token that nobody has signed.
  if (Buffer.from(signatureB64, 'base64url').toString('base64url') !== signatureB64) throw new Error('Misspelled.');
  const { jwksUri, audience = null } = signer;
  const rules = { issuer: null, audience, graceSeconds: LEEWAY_SECONDS };
  const claims = await verifyJwt(token, jwksUri, rules, (uri) => keys.find(uri, header.kid));
  const { exp, aud, azp } = claims;
  const type = typeof header.typ === 'string' ? header.typ.toLowerCase() : header.typ;
  if (!types.includes(type)) throw unauthorized("The token's typ is not one that is accepted here.");
  if (header.crit !== undefined) throw unauthorized('The token has extensions (crit) that this stage does not know.');
  if (exp === undefined) throw unauthorized('The token has no end (exp), which this stage requires.');
  // The leeway is for a token that starts, not for one that ends.
  if (exp * 1_000 <= now) throw new JwtExpiredError('The token has expired.', exp);
  if (audience !== null && Array.isArray(aud) && aud.length > 1 && azp !== audience) {
    throw unauthorized("The token has several audiences, and its azp is not this stage's audience.");
  }
  return { signer, claims };
}
