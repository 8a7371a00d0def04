import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { messageVerifier, type Receiver } from '../../lambda/receivers/message';
import { type ReceiveDeps, receive, type Standard } from '../../lambda/receivers/receive';
import { memoryStore } from '../support/memory-store';

export const KEYCLOAK = 'https://keycloak.example.com/realms/staff';
export const OKTA = 'https://example.okta.com';
export const ENDPOINT = 'https://api.example.com/prod/global-token-revocation';

const keycloak = { name: 'keycloak', issuer: KEYCLOAK };
/** A provider of each kind, at each receiver. */
export const RECEIVERS: readonly Receiver[] = [
  receiver('backchannel-logout', KEYCLOAK, 'the-app', { provider: keycloak }),
  receiver('global-token-revocation', KEYCLOAK, ENDPOINT, { provider: keycloak }),
  receiver('backchannel-logout', OKTA, 'client', { poolProvider: 'Okta' }),
  receiver('global-token-revocation', OKTA, ENDPOINT, { poolProvider: 'Okta' }),
];

export function receiver(
  standard: Receiver['standard'],
  issuer: string,
  audience: string,
  whose: Partial<Receiver>,
): Receiver {
  return { standard, issuer, audience, jwksUri: `${issuer}/keys`, ...whose };
}

interface PoolUser {
  readonly id: string;
  readonly email?: string;
  readonly isEmailVerified: boolean;
  readonly identities: readonly { readonly providerName: string; readonly userId: string }[];
}

export const poolUser = (id: string, more: Partial<PoolUser> = {}): PoolUser => ({
  id,
  email: `${id}@example.com`,
  isEmailVerified: true,
  identities: [{ providerName: 'Okta', userId: `okta-${id}` }],
  ...more,
});

/** A user as Cognito answers. */
const recordOf = ({ id, email = '', isEmailVerified, identities }: PoolUser) => ({
  Attributes: [
    { Name: 'sub', Value: id },
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: String(isEmailVerified) },
    ...(identities.length > 0 ? [{ Name: 'identities', Value: JSON.stringify(identities) }] : []),
  ],
});

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The receivers, with a store in memory, and two providers that sign. */
export async function receiving({
  users = [],
  receivers = RECEIVERS,
  hasKeys = true,
}: {
  users?: readonly PoolUser[];
  receivers?: readonly Receiver[];
  hasKeys?: boolean;
} = {}) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const foreign = await generateKeyPair('ES256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' }] });
  let now = Date.now();
  const trouble = { keys: !hasKeys, store: false };
  const store = memoryStore();
  const noted = new Map<string, { request: string; doneBy: string }>();
  const signedOut: string[] = [];
  const received: { outcome: string; details: Readonly<Record<string, unknown>> }[] = [];
  const unable = () => Promise.reject(new Error('no database'));
  const fetch = async () => (trouble.keys ? Promise.reject(new Error('no keys')) : keys);
  const verify = messageVerifier(receivers, fetch, () => now);
  const deps = (): ReceiveDeps => ({
    verify,
    store: trouble.store ? { ...store, closeSignIn: unable, idsOf: unable } : store,
    // The pool decides which users have a name: this one is as generous as can be.
    findUsers: async (attribute, value) =>
      users
        .filter((user) =>
          attribute === 'username'
            ? user.identities.some(({ providerName, userId }) => `${providerName}_${userId}`.startsWith(value))
            : (attribute === 'sub' ? user.id : user.email?.toLowerCase()) ===
              (attribute === 'sub' ? value : value.toLowerCase()),
        )
        .map(recordOf),
    signOutAtPool: async (userId) => signedOut.push(userId),
    note: async ({ claims }, request, doneBy = '') => {
      const before = noted.get(claims.jti);
      if (before && (before.request !== request || before.doneBy)) return false;
      noted.set(claims.jti, { request, doneBy });
      return true;
    },
    clock: () => now,
    tell: (outcome, details) => void received.push({ outcome, details }),
  });
  let messages = 0;

  return {
    store,
    received,
    signedOut,
    noted,
    trouble,
    now: () => now,
    seconds: () => Math.floor(now / 1_000),
    later: (milliseconds: number) => {
      now += milliseconds;
    },
    /** @param claims undefined leaves one out */
    async sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}, isForeign = false) {
      const seconds = Math.floor(now / 1_000);
      const all = { iat: seconds, exp: seconds + 120, jti: `message-${++messages}`, ...claims } as JWTPayload;
      return new SignJWT(all)
        .setProtectedHeader({ alg: 'ES256', kid: 'key', ...header })
        .sign(isForeign ? foreign.privateKey : privateKey);
    },
    /** Calls a receiver's handler with an event as API Gateway makes it. */
    async send(standard: Standard, event: { body?: string; headers?: Record<string, string> }): Promise<Answer> {
      const requestContext = { requestId: `request-${++messages}` };
      const whole: any = { body: null, isBase64Encoded: false, requestContext, ...event };
      const { statusCode, body, headers = {} } = await receive(deps(), standard, whole);
      return { status: statusCode, body, headers };
    },
    /** Registers sessions, each the moment it is called. */
    async session(sessionId: string, userId: string, loginTime = now) {
      // A provider says it in whole seconds.
      const time = new Date(Math.floor(loginTime / 1_000) * 1_000).toISOString();
      const times = { createdAt: time, updatedAt: time, loginTime: time, lastActivity: time };
      const session = { sessionId, userId, ...times, expiresAt: new Date(now + 1e9).toISOString(), purgeAt: now };
      await store.register(session as never, now);
    },
    /** Which of these are still there. */
    async left(...sessionIds: string[]) {
      const found = await Promise.all(sessionIds.map(async (id) => (await store.find(id)) && id));
      return found.filter((id) => id !== undefined);
    },
  };
}

export type Receiving = Awaited<ReturnType<typeof receiving>>;
