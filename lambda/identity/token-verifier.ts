import { createHash } from 'node:crypto';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { FetchError, JwkValidationError, JwtExpiredError } from 'aws-jwt-verify/error';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { Identity } from '../domain/caller';
import { Refusal, unauthorized } from '../domain/errors';
import { canonicalIssuer, identityOf, type OpenIdProvider, type TokenPolicy } from './identity-of';
import { type FetchKeys, IssuerKeys, LEEWAY_SECONDS, type Signer } from './issuer-keys';

export interface TokenVerifier {
  /**
   * Says whom an ID or access token speaks for.
   * @throws a refusal `UNAUTHORIZED` for a bad token, any other error if its issuer's keys could not be fetched
   */
  verify(token: string): Promise<Identity>;
  /** Fetches the issuers' keys ahead of the first request. A failure shows there, if it lasts. */
  warmUp(): Promise<void>;
}

const TOKEN_TYPES = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];
const NOT_VALID = 'The token is not a valid ID or access token for this API.';

export function tokenVerifier(
  policy: TokenPolicy,
  { fetch, clock }: { readonly fetch: FetchKeys; readonly clock: () => number },
): TokenVerifier {
  const verified = new VerifiedTokens();
  const keys = new IssuerKeys({ fetch, clock, onChange: () => verified.forgetAll() });
  /** Where the keys of each accepted `iss` are, and which provider it is; none for the user pool. */
  const issuers = new Map<unknown, Signer & { readonly provider?: OpenIdProvider }>();
  for (const provider of policy.providers) {
    const { issuer, audience, jwksUri = jwksUriOf(issuer) } = provider;
    issuers.set(issuer, { provider, audience, jwksUri });
  }
  const pool = canonicalIssuer(policy.issuer);
  for (const form of [pool, pool.replace('https://cognito-idp.', 'https://issuer-cognito-idp.')]) {
    issuers.set(form, { jwksUri: jwksUriOf(form) });
  }

  async function identify(token: string): Promise<Identity> {
    const { signer, claims } = await keys.verify(token, (iss) => issuers.get(iss), TOKEN_TYPES);
    const { jwksUri, provider } = signer;
    checkClaims(claims, policy, provider, clock());
    const identity = identityOf(claims, policy, provider, clock());
    verified.keep(token, identity, Math.min(Number(claims.exp) * 1_000, keys.trustedUntil(jwksUri)));
    return identity;
  }

  return {
    async verify(token) {
      try {
        return verified.find(token, clock()) ?? (await identify(token));
      } catch (error) {
        // The token is at fault: Node's check throws for bytes that are no signature, and for the wrong algorithm.
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

/** Checks what makes a signed token an ID or access token. */
function checkClaims(
  claims: JwtPayload,
  { clientIds }: TokenPolicy,
  provider: OpenIdProvider | undefined,
  now: number,
): void {
  // A logout token or a security event token reports something; it is not a credential.
  if (claims.events !== undefined) throw unauthorized('A token with events is not an ID or access token.');
  if (!provider) validateCognitoJwtFields(claims, { tokenUse: null, clientId: [...clientIds] });
  else if (claims.iat !== undefined && claims.iat > now / 1_000 + LEEWAY_SECONDS) {
    throw unauthorized("The token's iat is in the future.");
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
