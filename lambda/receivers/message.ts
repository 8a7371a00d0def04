import { FetchError, JwkValidationError } from 'aws-jwt-verify/error';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { Refusal, tryAgain, unauthorized } from '../domain/errors';
import type { OpenIdProvider } from '../identity/identity-of';
import { type FetchKeys, IssuerKeys, LEEWAY_SECONDS, type Signer } from '../identity/issuer-keys';

/** A provider that may end its people's sessions here, by one of two standards, each a route of this name. */
export interface Receiver extends Signer {
  readonly standard: 'backchannel-logout' | 'global-token-revocation';
  /** The `iss` of what it sends. */
  readonly issuer: string;
  /** If its tokens count here: its people are the users `{name}|{sub}`. */
  readonly provider?: Pick<OpenIdProvider, 'name' | 'issuer' | 'signInClaim'>;
  /** If people sign in at the user pool by it: its name there. Its people are users of the pool. */
  readonly poolProvider?: string;
}

/** What a provider has signed. */
export interface Message {
  readonly receiver: Receiver;
  readonly claims: JwtPayload & { readonly jti: string; readonly iat: number };
}

/** Ends nothing, and tells the sender why. */
export class Declined extends Error {
  /** @param status 400, 401, 403, 404 or 422, as Global Token Revocation gives them a meaning */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Older messages do not count. A `jti` has to be remembered for as long. */
export const MAX_AGE_SECONDS = 600;

/**
 * The `typ` of what is sent. A logout token's may be left out, and the rest of it makes up for that. Nothing else tells a
 * caller's token from an access token: there it has to be the one that Okta sends.
 */
const TYPES = {
  'backchannel-logout': ['logout+jwt', 'application/logout+jwt', 'jwt', undefined],
  'global-token-revocation': ['global-token-revocation+jwt', 'application/global-token-revocation+jwt'],
};
const NOT_VALID = 'The token has expired, or is not signed for this stage by an issuer that it accepts.';

/**
 * Makes the verification of messages. It fetches the issuers' keys at once, ahead of the first message.
 * @throws `Declined` if the token is none that counts, the refusal `TRY_AGAIN` if its issuer's keys could not be fetched
 */
export function messageVerifier(receivers: readonly Receiver[], fetch: FetchKeys, clock: () => number) {
  const keys = new IssuerKeys({ fetch, clock, onChange: () => undefined });
  for (const { jwksUri } of receivers) void keys.refresh(jwksUri);
  return async (standard: Receiver['standard'], token: string): Promise<Message> => {
    const receiverOf = (issuer: unknown) => receivers.find((one) => one.standard === standard && one.issuer === issuer);
    try {
      const { signer, claims } = await keys.verify(token, receiverOf, TYPES[standard]);
      const { iat = 0, jti = '' } = claims;
      const age = clock() / 1_000 - iat;
      if (jti === '') throw unauthorized('The token has no id (jti).');
      if (age < -LEEWAY_SECONDS || age > MAX_AGE_SECONDS) {
        throw unauthorized('The token must be issued (iat) within the last ten minutes.');
      }
      return { receiver: signer, claims: { ...claims, iat, jti } };
    } catch (error) {
      if (error instanceof FetchError || error instanceof JwkValidationError) throw tryAgain(error);
      // The text of any other error may quote the token, so it goes nowhere.
      throw new Declined(401, error instanceof Refusal ? error.message : NOT_VALID);
    }
  };
}
