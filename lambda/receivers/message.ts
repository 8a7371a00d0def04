import { FetchError, JwkValidationError } from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { Jwt, JwtPayload } from 'aws-jwt-verify/jwt-model';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import { tryAgain } from '../domain/errors';
import type { OpenIdProvider } from '../identity/identity-of';
import { type FetchKeys, IssuerKeys } from '../identity/issuer-keys';

/** A provider that may end its people's sessions here, by one of two standards, each a route of this name. */
export interface Receiver {
  readonly standard: 'backchannel-logout' | 'global-token-revocation';
  /** The `iss` and the `aud` of what it sends. */
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** If its tokens count here: its people are the users `{name}|{sub}`. */
  readonly provider?: Pick<OpenIdProvider, 'name' | 'issuer' | 'signInClaim'>;
  /** If people sign in at the user pool by it: its name there. Its people are users of the pool. */
  readonly poolProvider?: string;
}

/** What a provider has signed. It has a `jti` and an `iat`. */
export interface Message {
  readonly receiver: Receiver;
  readonly claims: JwtPayload & { readonly jti: string; readonly iat: number };
}

/** Ends nothing, and tells the sender why. */
export class Declined extends Error {
  /** 400, 401, 403, 404 or 422, as Global Token Revocation gives them a meaning. */
  status = 400;
}

export const declined = (status: number, message: string) => Object.assign(new Declined(message), { status });

/** What is older does not count: for as long, its `jti` has to be remembered. */
export const MAX_AGE_SECONDS = 600;
export const LEEWAY_SECONDS = 5;

/**
 * The `typ` of what is sent. A logout token's may be left out, and the rest of it makes up for that. Nothing else tells a
 * caller's token from an access token: there it has to be the one that Okta sends.
 */
const TYPES = {
  'backchannel-logout': ['logout+jwt', 'jwt', ''],
  'global-token-revocation': ['global-token-revocation+jwt'],
};

/**
 * Makes the verification of messages. It fetches the issuers' keys at once, ahead of the first message.
 * @throws `Declined` if the token is none that counts, the refusal `TRY_AGAIN` if its issuer's keys could not be fetched
 */
export function messageVerifier(receivers: readonly Receiver[], fetch: FetchKeys, clock: () => number) {
  const keys = new IssuerKeys({ fetch, clock, onChange: () => undefined });
  for (const { jwksUri } of receivers) void keys.refresh(jwksUri);
  return async (standard: Receiver['standard'], token: string): Promise<Message> => {
    try {
      const { payload, signatureB64 } = decomposeUnverifiedJwt(token);
      // Not verified yet: this only chooses whose keys and audience count.
      const receiver = receivers.find((one) => one.standard === standard && one.issuer === payload.iss);
      if (!receiver) throw declined(401, 'The issuer is not one that this stage listens to.');
      // Another spelling of the same bytes would be a token that nobody has signed.
      if (Buffer.from(signatureB64, 'base64url').toString('base64url') !== signatureB64) throw notValid();
      const { issuer, audience, jwksUri } = receiver;
      const customJwtCheck = (jwt: Jwt) => checkClaims(jwt, receiver, clock() / 1_000);
      const rules = { issuer, audience, graceSeconds: LEEWAY_SECONDS, customJwtCheck };
      const claims = await verifyJwt(token, jwksUri, rules, (uri, { header }) => keys.find(uri, header.kid));
      return { receiver, claims: claims as Message['claims'] };
    } catch (error) {
      if (error instanceof FetchError || error instanceof JwkValidationError) throw tryAgain(error);
      // Any other is the token's. Its text may quote the token, so it goes nowhere.
      throw error instanceof Declined ? error : notValid();
    }
  };
}

const notValid = () => declined(401, 'The token is not signed by its issuer for this stage, or its time is over.');

/** Checks what the library leaves out. @param now epoch seconds */
function checkClaims({ header, payload }: Jwt, { standard, audience }: Receiver, now: number): void {
  const { exp = 0, iat = 0, jti = '', aud, azp } = payload;
  const typ = String(header.typ ?? '').toLowerCase();
  const checks: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [TYPES[standard].includes(typ.replace(/^application\//, '')), `must have the typ ${TYPES[standard][0]}`],
    [header.crit === undefined, 'has extensions (crit) that are not understood'],
    [jti !== '', 'has no id (jti)'],
    // The leeway is for a token that starts, not for one that ends.
    [exp > now, 'has no end (exp), or is over'],
    [iat <= now + LEEWAY_SECONDS && iat >= now - MAX_AGE_SECONDS, 'must be issued (iat) within the last ten minutes'],
    [!Array.isArray(aud) || aud.length === 1 || azp === audience, 'has several audiences, and another azp'],
  ];
  const failed = checks.find(([holds]) => !holds);
  if (failed) throw declined(401, `The token ${failed[1]}.`);
}
