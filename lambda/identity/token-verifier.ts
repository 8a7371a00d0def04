import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  FetchError,
  JwksNotAvailableInCacheError,
  JwksValidationError,
  JwkValidationError,
  JwtBaseError,
  JwtExpiredError,
} from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';
import { assertIsJwks, type Jwks, SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { Identity } from '../domain/caller';
import { unauthorized } from '../domain/errors';
import { keyFetcher } from './key-fetcher';
import { VerifiedTokens } from './verified-tokens';

export interface TokenPolicy {
  /** The `iss` claim of the user pool's tokens; its keys are at `{issuer}/.well-known/jwks.json`. */
  readonly issuer: string;
  /** The app clients whose tokens count. */
  readonly clientIds: readonly string[];
  /** The group whose members are admins. */
  readonly adminGroup: string;
  /** Whether a token may do without naming its sign-in. */
  readonly acceptUnnamedSignIns: boolean;
  /** Other issuers whose tokens count. */
  readonly providers: readonly OpenIdProvider[];
}

/** An OpenID provider besides the user pool, and how to read its tokens. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the sign-in. @default 'sid' */
  readonly signInClaim?: string;
  /** The claim with the groups in which the admin group is looked for. @default - there are no admins */
  readonly groupsClaim?: string;
  /** @default {issuer}/.well-known/jwks.json */
  readonly jwksUri?: string;
}

/** How the tokens of one issuer are read. */
interface Reading {
  readonly signInClaim: string;
  readonly isAdmin: (claims: JwtPayload) => boolean;
}

export interface TokenVerifier {
  /**
   * Says whom an ID or access token speaks for.
   * @throws a refusal `UNAUTHORIZED` for a token that is no good, and any other error when that could not be
   * found out (the issuer's keys cannot be had): then nobody may pass
   */
  verify(token: string): Promise<Identity>;
  /** Fetches the issuer's keys ahead of the first request. A failure shows there, if it lasts. */
  warmUp(): Promise<void>;
}

/** Longer is no id that a sign-in could have. */
const MAX_ID_LENGTH = 256;

export function tokenVerifier(policy: TokenPolicy, fetcher: Fetcher = keyFetcher()): TokenVerifier {
  const { clientIds, adminGroup, providers } = policy;
  const isMember = (groups: unknown) => Array.isArray(groups) && groups.includes(adminGroup);
  const userPool: Reading = {
    signInClaim: 'origin_jti',
    isAdmin: (claims) => isMember(claims['cognito:groups']) || claims['custom:role'] === 'admin',
  };
  const readings = new Map<string, Reading>(
    providers.map(({ issuer, signInClaim = 'sid', groupsClaim }) => [
      issuer,
      { signInClaim, isAdmin: (claims) => groupsClaim !== undefined && isMember(claims[groupsClaim]) },
    ]),
  );
  const verified = new VerifiedTokens();
  const cache = new SimpleJwksCache({
    fetcher,
    jwksParser(answer) {
      const keys = readKeys(answer);
      // A key that is not among them any more has signed nothing that still counts.
      verified.forgetAll();
      return keys;
    },
  });
  // The verifier chooses the rule by the token's issuer: no token is checked by another issuer's.
  const verifier = JwtVerifier.create(
    [
      ...issuerForms(policy.issuer).map((issuer) => ({
        issuer,
        jwksUri: jwksUri(issuer),
        // ID tokens name their client in `aud`, access tokens in `client_id`: checked below.
        audience: null,
        customJwtCheck: ({ payload }: { payload: JwtPayload }) =>
          validateCognitoJwtFields(payload, { tokenUse: null, clientId: [...clientIds] }),
      })),
      ...providers.map((provider) => ({
        issuer: provider.issuer,
        jwksUri: provider.jwksUri ?? jwksUri(provider.issuer),
        audience: provider.audience,
      })),
    ],
    { jwksCache: cache },
  );

  return {
    async verify(token) {
      const known = verified.find(token, Date.now());
      if (known) return known;
      let claims: JwtPayload;
      try {
        claims = await verifier.verify(token);
      } catch (error) {
        if (couldNotCheck(error) || !(error instanceof JwtBaseError)) throw error;
        throw unauthorized(
          error instanceof JwtExpiredError
            ? 'The token has expired. Refresh it and send the request again.'
            : 'The token is not a valid ID or access token of this user pool.',
        );
      }
      const identity = identityOf(claims, readings.get(String(claims.iss)) ?? userPool);
      if (identity.signInId === undefined && !policy.acceptUnnamedSignIns) {
        throw unauthorized('The token names no sign-in, and this stage accepts none that does not.');
      }
      verified.keep(token, identity, Number(claims.exp) * 1_000);
      return identity;
    },

    async warmUp() {
      const uris = [jwksUri(policy.issuer), ...providers.map((one) => one.jwksUri ?? jwksUri(one.issuer))];
      await Promise.all(uris.map((uri) => cache.getJwks(uri).catch(() => undefined)));
    },
  };
}

const SIGNING_KEYS: ReadonlySet<string> = new Set(['RSA', 'EC', 'OKP']);

const jwksUri = (issuer: string) => `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;

/** Cognito has begun to write its issuer in a second form; a pool's tokens may carry either. */
function issuerForms(issuer: string): string[] {
  const regional = 'https://cognito-idp.';
  return issuer.startsWith(regional) ? [issuer, issuer.replace(regional, 'https://issuer-cognito-idp.')] : [issuer];
}

/**
 * Reads the keys for signatures from an issuer's answer. None at all is no answer: every good token would look
 * forged by it, for as long as it is kept.
 */
function readKeys(answer: ArrayBuffer): Jwks {
  let keys: Parameters<typeof assertIsJwks>[0];
  try {
    keys = JSON.parse(Buffer.from(answer).toString());
  } catch (error) {
    throw new JwksValidationError(`The issuer's keys are not JSON: ${(error as Error).message}`);
  }
  assertIsJwks(keys);
  const usable = keys.keys.filter(({ kty, use = 'sig' }) => SIGNING_KEYS.has(kty) && use === 'sig');
  if (usable.length === 0) throw new JwksValidationError('The issuer answered with no key for signatures.');
  return { keys: usable };
}

/** The keys could not be fetched or made sense of: nothing is known of the token. */
const couldNotCheck = (error: unknown) =>
  error instanceof FetchError ||
  error instanceof JwksValidationError ||
  error instanceof JwkValidationError ||
  error instanceof JwksNotAvailableInCacheError;

function identityOf(claims: JwtPayload, { signInClaim, isAdmin }: Reading): Identity {
  const { sub, iss, exp, iat, auth_time: authTime = iat } = claims;
  const signInId: unknown = claims[signInClaim];

  if (!isId(sub) || typeof iss !== 'string' || typeof exp !== 'number' || typeof authTime !== 'number') {
    throw unauthorized('The token lacks a claim: sub, iss, exp and auth_time are needed.');
  }
  if (signInId != null && !isId(signInId)) throw unauthorized(`The claim ${signInClaim} is not an id.`);
  return {
    userId: sub,
    role: isAdmin(claims) ? 'admin' : 'user',
    ...(isId(signInId) && { signInId }),
    issuer: iss,
    signedInAt: authTime * 1_000,
  };
}

const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH;
