import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { Problem } from '../command/problem';

const TOKEN_SECONDS = 3_600;
const REFRESH_DAYS = 30;

export interface SignIn {
  readonly username: string;
  readonly groups?: readonly string[];
  /** Overrides of the tokens' claims; null takes one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

interface Tokens {
  readonly userId: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Somebody who has signed in here. */
export interface LocalUser {
  /** The `sub` of their tokens. */
  readonly userId: string;
  readonly username: string;
  readonly email?: string;
  /** More of what the pool keeps of them, as texts: `email_verified`, and `identities` as JSON. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** When all their refresh tokens were made useless the last time, epoch milliseconds. */
  readonly signedOutAt?: number;
}

/** Signs people in as a user pool does, with keys that are made per data folder. */
export interface Issuer {
  readonly signIn: (who: SignIn) => Promise<Tokens>;
  /** New tokens of the same sign-in, or undefined when the refresh token is none of ours, or is revoked. */
  readonly refresh: (refreshToken: string) => Promise<Tokens | undefined>;
  /** Makes all refresh tokens of the same sign-in useless. @returns whether it is a refresh token of ours */
  readonly revoke: (refreshToken: string) => Promise<boolean>;
  /** Everybody who has signed in. */
  readonly users: () => LocalUser[];
  /** Makes all refresh tokens useless that a user has. */
  readonly signOut: (user: LocalUser) => void;
  readonly keys: { readonly keys: readonly JWK[] };
}

/** What a refresh token carries: all that the next tokens are made of, so only revoked ones have to be remembered. */
interface SignedIn {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signInId: string;
  readonly authTime: number;
  /** Of the sign-in, epoch milliseconds. */
  readonly at: number;
}

/** @param folder where the keys are kept; they are made anew each time when absent */
export async function localIssuer(folder: string | undefined, issuer: string, clientId: string): Promise<Issuer> {
  const { privateJwk, publicJwk } = await ownKeys(folder);
  const privateKey = await importJWK(privateJwk, 'RS256');
  const publicKey = await importJWK(publicJwk, 'RS256');
  const header = { alg: 'RS256', kid: publicJwk.kid };
  const revokedFile = folder && join(folder, 'revoked-sign-ins');
  const revoked = new Set(revokedFile && existsSync(revokedFile) ? readFileSync(revokedFile, 'utf8').split('\n') : []);

  const usersFile = folder && join(folder, 'users.ndjson');
  const users = new Map<string, LocalUser>();
  for (const line of usersFile && existsSync(usersFile) ? readFileSync(usersFile, 'utf8').split('\n') : []) {
    if (line) users.set(JSON.parse(line).username, JSON.parse(line));
  }
  const keep = (user: LocalUser) => {
    users.set(user.username, user);
    if (usersFile) appendFileSync(usersFile, `${JSON.stringify(user)}\n`);
  };

  const sign = (claims: Record<string, unknown>, overrides: Readonly<Record<string, unknown>> = {}) => {
    const all = Object.entries({ ...claims, ...overrides }).filter(
      ([, value]) => value !== null && value !== undefined,
    );
    return new SignJWT(Object.fromEntries(all) as JWTPayload).setProtectedHeader(header).sign(privateKey);
  };

  async function issue(signedIn: SignedIn): Promise<Tokens> {
    const { username, groups, claims, signInId, authTime } = signedIn;
    const now = Math.floor(Date.now() / 1_000);
    const userId = userIdOf(username);
    const common = {
      sub: userId,
      iss: issuer,
      event_id: randomUUID(),
      auth_time: authTime,
      iat: now,
      exp: now + TOKEN_SECONDS,
      origin_jti: signInId,
      ...(groups && groups.length > 0 && { 'cognito:groups': groups }),
    };
    const idClaims = { ...common, jti: randomUUID(), token_use: 'id', aud: clientId, 'cognito:username': username };
    const accessClaims = {
      ...common,
      jti: randomUUID(),
      token_use: 'access',
      client_id: clientId,
      username,
      scope: 'aws.cognito.signin.user.admin',
    };
    return {
      userId,
      idToken: await sign(idClaims, claims),
      accessToken: await sign(accessClaims, claims),
      refreshToken: await sign({ iss: issuer, token_use: 'refresh', exp: authTime + REFRESH_DAYS * 86_400, signedIn }),
      expiresIn: TOKEN_SECONDS,
    };
  }

  return {
    keys: { keys: [publicJwk] },
    signIn({ username, groups, claims }) {
      const at = Date.now();
      const known = users.get(username);
      const named = claims?.email ?? (username.includes('@') ? username : known?.email);
      const email = typeof named === 'string' ? named : undefined;
      const { email_verified: verified, identities } = claims ?? {};
      const attributes = {
        ...known?.attributes,
        ...(verified !== undefined && { email_verified: String(verified) }),
        ...(identities !== undefined && { identities: JSON.stringify(identities) }),
      };
      const user = { ...known, userId: userIdOf(username), username, email, attributes };
      if (JSON.stringify(user) !== JSON.stringify(known)) keep(user);
      return issue({ username, groups, claims, signInId: randomUUID(), authTime: Math.floor(at / 1_000), at });
    },
    async refresh(refreshToken) {
      const signedIn = await signedInOf(refreshToken);
      if (!signedIn || revoked.has(signedIn.signInId)) return undefined;
      const { signedOutAt = 0 } = users.get(signedIn.username) ?? {};
      return signedOutAt < signedIn.at ? issue(signedIn) : undefined;
    },
    users: () => [...users.values()],
    signOut: (user) => keep({ ...user, signedOutAt: Date.now() }),
    async revoke(refreshToken) {
      const signedIn = await signedInOf(refreshToken);
      if (signedIn && !revoked.has(signedIn.signInId)) {
        revoked.add(signedIn.signInId);
        if (revokedFile) appendFileSync(revokedFile, `${signedIn.signInId}\n`);
      }
      return signedIn !== undefined;
    },
  };

  async function signedInOf(refreshToken: string): Promise<SignedIn | undefined> {
    try {
      const { payload } = await jwtVerify(refreshToken, publicKey, { issuer });
      return payload.token_use === 'refresh' ? (payload.signedIn as SignedIn) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The same username is the same user for good, on every install: nothing has to be stored. */
function userIdOf(username: string): string {
  const hex = createHash('sha256').update(`user ${username}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

async function ownKeys(folder: string | undefined): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const file = folder && join(folder, 'issuer-keys.json');
  if (file && existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      throw new Problem(`${file} cannot be read. Delete it: new keys are made, and everybody signs in again.`);
    }
  }
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomUUID();
  const keys = {
    privateJwk: { ...(await exportJWK(privateKey)), kid },
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  };
  if (file) writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}
