import { ADMIN_GROUP, type Config } from './config';
import { shortened } from './text';

export interface Tokens {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
}

/** Who signed in, as the tokens say. For showing only: the API verifies them. */
export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** That nobody is signed in any more: the tokens have expired and no new ones are to be had. */
export class SignInExpired extends Error {}

const KEY = 'session-console.tokens';
/** Tokens are renewed this long before they expire, so that none expires on the way. */
const EARLY_MS = 60_000;
/** In characters: of a name or an e-mail address. */
const LONGEST_NAME = 100;

// The tab's own storage: it outlives a reload, and not the tab.
export const storedTokens = (): Tokens | undefined => JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? undefined;
const storeTokens = (tokens: Tokens): void => sessionStorage.setItem(KEY, JSON.stringify(tokens));
export const forgetTokens = (): void => sessionStorage.removeItem(KEY);

/** What is kept of a sign-in. */
export interface KeptTokens {
  /** Gives the access token, renewed when it is due. */
  readonly accessToken: () => Promise<string>;
  /** Those of the last renewal. */
  readonly latest: () => Tokens;
}

/** @param refresh gives new tokens, or throws `SignInExpired` */
export function keepTokens(first: Tokens, refresh: (tokens: Tokens) => Promise<Tokens>): KeptTokens {
  let tokens = first;
  let renewing: Promise<void> | undefined;
  storeTokens(tokens);
  return { accessToken, latest: () => tokens };

  async function accessToken(): Promise<string> {
    if (Number(claimsOf(tokens.accessToken).exp) * 1_000 - Date.now() < EARLY_MS) {
      // One renewal for all who ask meanwhile: a refresh token may be good for one only.
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      await renewing;
    }
    return tokens.accessToken;
  }

  async function renew(): Promise<void> {
    const renewed = { ...tokens, ...(await refresh(tokens)) };
    tokens = renewed;
    // The person may have signed out meanwhile: what was forgotten is not stored again.
    if (storedTokens()) storeTokens(renewed);
  }
}

export function personOf({ idToken, accessToken }: Tokens, { adminGroup = ADMIN_GROUP, adminClaim }: Config): Person {
  // The API judges by the token that it is sent.
  const sent = claimsOf(accessToken);
  const groups = sent['cognito:groups'];
  const inGroup = Array.isArray(groups) && groups.includes(adminGroup);
  const isAdmin = inGroup || (adminClaim !== undefined && sent[adminClaim] === 'admin');
  const claims = { ...sent, ...claimsOf(idToken) };
  const userId = String(claims.sub);
  const name = claims.name ?? claims.email ?? claims['cognito:username'] ?? userId;
  return { userId, name: shortened(String(name), LONGEST_NAME), isAdmin };
}

function claimsOf(token: string): Record<string, unknown> {
  const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
