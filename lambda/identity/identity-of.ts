import { createHash } from 'node:crypto';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { Identity } from '../domain/caller';
import { unauthorized } from '../domain/errors';

/** Whose tokens count, and how they are read. */
export interface TokenPolicy {
  /** The `iss` claim of the user pool's tokens, in either of its two forms. */
  readonly issuer: string;
  /** The app clients whose tokens count. */
  readonly clientIds: readonly string[];
  /** The group whose members are admins. */
  readonly adminGroup: string;
  /** A claim of the user pool whose value `admin` makes an admin too. @default - none */
  readonly adminClaim?: string;
  /** Whether user pool tokens without `origin_jti` are accepted. */
  readonly acceptUnnamedSignIns: boolean;
  /** The groups that the stage has limits for. @default - none */
  readonly limitedGroups?: readonly string[];
  readonly providers: readonly OpenIdProvider[];
}

/** An OpenID provider besides the user pool. */
export interface OpenIdProvider {
  /** The first part of its users' ids. */
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that identifies the sign-in. @default 'sid' */
  readonly signInClaim?: string;
  /** The claim with the groups in which the admin group is looked for. @default - there are no admins */
  readonly groupsClaim?: string;
  /** @default {issuer}/.well-known/jwks.json */
  readonly jwksUri?: string;
}

const MAX_ID_LENGTH = 256;
const WHOLE_CHARACTERS_NO_CONTROLS = /^[^\p{Cc}\p{Cs}]+$/u;
const FUTURE_SECONDS = 300;

/**
 * Derives who a verified token speaks for: the user, the role, and the one id of the sign-in.
 * @param provider whose token it is, if it is not the user pool's
 * @param now epoch milliseconds
 * @throws a refusal `UNAUTHORIZED` that names the claim that is missing or wrong
 */
export function identityOf(
  claims: JwtPayload,
  policy: TokenPolicy,
  provider: OpenIdProvider | undefined,
  now: number,
): Identity {
  const sub = idClaim(claims, 'sub', 'user id');
  const hasNoAuthTime = provider && provider.signInClaim !== 'auth_time' && claims.auth_time === undefined;
  const authTime = timeClaim(claims, hasNoAuthTime ? 'iat' : 'auth_time', now);
  const groups = groupsOf(claims, provider);
  const role = isAdmin(claims, groups, policy, provider) ? 'admin' : 'user';
  const limitedGroups = (policy.limitedGroups ?? []).filter(
    // However somebody became an admin, the limits of the admin group are theirs.
    (group) => groups.includes(group) || (role === 'admin' && group === policy.adminGroup),
  );
  return {
    userId: provider ? providerUserId(provider, sub) : sub,
    role,
    signInId: provider
      ? providerSignInId(claims, provider, sub, authTime)
      : poolSignInId(claims, policy, sub, authTime),
    signedInAt: authTime * 1_000,
    ...(limitedGroups.length > 0 && { limitedGroups }),
  };
}

function groupsOf(claims: JwtPayload, provider: OpenIdProvider | undefined): readonly unknown[] {
  const groupsClaim = provider ? provider.groupsClaim : 'cognito:groups';
  const groups: unknown = groupsClaim !== undefined && claims[groupsClaim];
  return Array.isArray(groups) ? groups : [];
}

function isAdmin(
  claims: JwtPayload,
  groups: readonly unknown[],
  { adminGroup, adminClaim }: TokenPolicy,
  provider: OpenIdProvider | undefined,
): boolean {
  if (groups.includes(adminGroup)) return true;
  return !provider && adminClaim !== undefined && claims[adminClaim] === 'admin';
}

function poolSignInId(claims: JwtPayload, policy: TokenPolicy, sub: string, authTime: number): string {
  if (claims.origin_jti !== undefined || !policy.acceptUnnamedSignIns) {
    return idClaim(claims, 'origin_jti', 'sign-in id');
  }
  // ID tokens name their app client in `aud`, access tokens in `client_id`.
  const client = String(claims.token_use === 'id' ? claims.aud : claims.client_id);
  return hashId('pool-auth-time', canonicalIssuer(policy.issuer), client, sub, authTime);
}

function providerSignInId(claims: JwtPayload, provider: OpenIdProvider, sub: string, authTime: number): string {
  const { issuer, audience, signInClaim = 'sid' } = provider;
  if (signInClaim !== 'auth_time') return claimedSignInId(issuer, idClaim(claims, signInClaim, 'sign-in id'));
  return hashId('provider-auth-time', issuer, audience, sub, authTime);
}

/** The id of the sign-in that a provider identifies by a claim, such as `sid`. */
export const claimedSignInId = (issuer: string, claim: string): string => hashId('provider-claim', issuer, claim);

/**
 * The id of a provider's user.
 * @throws a refusal `UNAUTHORIZED` if it would be too long for an id
 */
export const providerUserId = ({ name }: Pick<OpenIdProvider, 'name'>, sub: string): string =>
  idOf(`${name}|${sub}`, 'sub');

/** The kind keeps ids of different rows of the contract's table apart. */
const hashId = (...parts: readonly [kind: string, ...(string | number)[]]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Of the two forms in which a pool's tokens may carry its issuer, the one that stands for both. */
export const canonicalIssuer = (issuer: string): string =>
  issuer.replace('https://issuer-cognito-idp.', 'https://cognito-idp.');

function idClaim(claims: JwtPayload, name: string, what: string): string {
  const value: unknown = claims[name];
  if (value === undefined) throw missing(name, what);
  return idOf(value, name);
}

/** @throws a refusal `UNAUTHORIZED` if a claim's value is no id */
export function idOf(value: unknown, claim: string): string {
  const isText = typeof value === 'string' && WHOLE_CHARACTERS_NO_CONTROLS.test(value);
  if (isText && value.length <= MAX_ID_LENGTH) return value;
  throw unauthorized(`The token's ${claim} is not an id: a text of 1 to ${MAX_ID_LENGTH} characters is expected.`);
}

/** A time in whole seconds since the epoch. */
function timeClaim(claims: JwtPayload, name: 'auth_time' | 'iat', now: number): number {
  const value: unknown = claims[name];
  if (value === undefined) throw missing(name, 'sign-in time');
  const latest = now / 1_000 + FUTURE_SECONDS;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= latest) return value;
  throw unauthorized(`The token's ${name} is not a time: whole seconds, at most five minutes from now, are expected.`);
}

const missing = (claim: string, what: string) =>
  unauthorized(`The token has no ${what} (${claim}), which this stage requires.`);
