import { createHash } from 'node:crypto';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { FetchError, JwkValidationError, JwtExpiredError } from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { Jwt } from 'aws-jwt-verify/jwt-model';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import type { Identity } from '../domain/caller';
import { Refusal, unauthorized } from '../domain/errors';
import { canonicalIssuer, identityOf, type OpenIdProvider, type TokenPolicy } from './identity-of';
import { type FetchKeys, IssuerKeys } from './issuer-keys';

export interface TokenVerifier {
  /**
   * Says whom an ID or access token speaks for.
   * @throws a refusal `UNAUTHORIZED` for a bad token, any other error if its issuer's keys could not be fetched
   */
  verify(token: string): Promise<Identity>;
  /** Fetches the issuers' keys ahead of the first request. A failure shows there, if it lasts. */
  warmUp(): Promise<void>;
}

const LEEWAY_SECONDS = 5;
const TOKEN_TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
const NOT_VALID = 'The token is not a valid ID or access token for this API.';

export function tokenVerifier(
  policy: TokenPolicy,
  { fetch, clock }: { readonly fetch: FetchKeys; readonly clock: () => number },
): TokenVerifier {
  const verified = new VerifiedTokens();
  const keys = new IssuerKeys({ fetch, clock, onChange: () => verified.forgetAll() });
  /** Where the keys of each accepted `iss` are, and which provider it is; none for the user pool. */
  const issuers = new Map<unknown, { readonly jwksUri: string; readonly provider?: OpenIdProvider }>();
  for (const provider of policy.providers) {
    issuers.set(provider.issuer, { provider, jwksUri: provider.jwksUri ?? jwksUriOf(provider.issuer) });
  }
  const pool = canonicalIssuer(policy.issuer);
  for (const form of [pool, pool.replace('https://cognito-idp.', 'https://issuer-cognito-idp.')]) {
    issuers.set(form, { jwksUri: jwksUriOf(form) });
  }

  async function identify(token: string): Promise<Identity> {
    // Not verified yet: this only chooses by whose keys and rules the token is verified.
    const issuer = issuers.get(decomposeUnverifiedJwt(token).payload.iss);
    if (!issuer) throw unauthorized(NOT_VALID);
    const { jwksUri, provider } = issuer;
    const claims = await verifyJwt(
      token,
      jwksUri,
      {
        issuer: null,
        audience: provider?.audience ?? null,
        graceSeconds: LEEWAY_SECONDS,
        customJwtCheck: (jwt) => checkClaims(jwt, policy, provider, clock()),
      },
      (uri, { header }) => keys.find(uri, header.kid),
    );
    const identity = identityOf(claims, policy, provider, clock());
    verified.keep(token, identity, Math.min(Number(claims.exp) * 1_000, keys.trustedUntil(jwksUri)));
    return identity;
  }

  return {
    async verify(token) {
      try {
        return verified.find(token, clock()) ?? (await identify(token));
      } catch (error) {
        // Any other is the token's: Node's check throws for bytes that are no signature, and for the wrong algorithm.
        if ([Refusal, FetchError, JwkValidationError].some((known) => error instanceof known)) throw error;
        throw error instanceof JwtExpiredError ? expired() : unauthorized(NOT_VALID);
      }
    },
    async warmUp() {
      await Promise.all([...issuers.values()].map(({ jwksUri }) => keys.refresh(jwksUri)));
    },
  };
}

const jwksUriOf = (issuer: string) => `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;

const expired = () => unauthorized('The token has expired. Refresh it and send the request again.', 'expired-token');

/** Checks what the library's standard checks leave out. */
function checkClaims(
  { header: { typ }, payload }: Jwt,
  { clientIds }: TokenPolicy,
  provider: OpenIdProvider | undefined,
  now: number,
): void {
  if (!TOKEN_TYPES.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw unauthorized(NOT_VALID);
  const { events, exp, iat, aud, azp } = payload;
  // A logout token or a security event token reports something; it is not a credential.
  if (events !== undefined) throw unauthorized('A token with events is not an ID or access token.');
  if (exp === undefined) throw unauthorized('The token has no end (exp), which this stage requires.');
  // The leeway is for a token that starts, not for one that ends.
  if (exp * 1_000 <= now) throw expired();
  if (!provider) validateCognitoJwtFields(payload, { tokenUse: null, clientId: [...clientIds] });
  else if (iat !== undefined && iat > now / 1_000 + LEEWAY_SECONDS) {
    throw unauthorized("The token's iat is in the future.");
  } else if (Array.isArray(aud) && aud.length > 1 && azp !== provider.audience) {
    throw unauthorized("The token has several audiences, and its azp is not this stage's audience.");
  }
}

const MAX_TOKENS = 1_000;

/** Whom the latest good tokens speak for, so that a signature is checked once. No token is kept, only its hash. */
export class VerifiedTokens {
  private readonly kept = new Map<string, { readonly identity: Identity; readonly until: number }>();

  /** @param now epoch milliseconds */
  find(token: string, now: number): Identity | undefined {
    const found = this.kept.get(hashOf(token));
    return found && now < found.until ? found.identity : undefined;
  }

  /** @param until when the token has to be verified again, epoch milliseconds */
  keep(token: string, identity: Identity, until: number): void {
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MAX_TOKENS) this.kept.delete(oldest);
    this.kept.set(hashOf(token), { identity, until });
  }

  forgetAll(): void {
    this.kept.clear();
  }
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');
