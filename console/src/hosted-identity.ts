import type { Config } from './config';
import type { Credentials, Identity } from './identity';
import { sendOnce } from './send-once';
import { SignInExpired, type Tokens } from './tokens';

const KEY = 'session-console.sign-in';

/**
 * The user pool's own sign-in page, by the authorization code grant with PKCE (RFC 7636): what comes back in the
 * address is of no use without the verifier, which never leaves this tab.
 */
export function hostedIdentity({ domain, clientId }: NonNullable<Config['cognito']>): Identity {
  const base = (/^https?:\/\//.test(domain) ? domain : `https://${domain}`).replace(/\/+$/, '');
  const redirectUri = `${location.origin}/`;
  return { asksHere: false, signIn, comeBack, refresh, revoke, signOut };

  async function signIn({ again }: Credentials): Promise<Tokens> {
    const [state, verifier] = [randomText(), randomText()];
    sessionStorage.setItem(KEY, JSON.stringify({ state, verifier, hash: location.hash }));
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      ...(again && { prompt: 'login' }),
    });
    location.assign(`${base}/oauth2/authorize?${query}`);
    return new Promise(() => undefined);
  }

  async function comeBack(): Promise<Tokens | undefined> {
    const query = new URLSearchParams(location.search);
    if (!query.has('code') && !query.has('error')) return undefined;
    const begun = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    sessionStorage.removeItem(KEY);
    // A code is good once: a reload must not send it again, and nobody should copy it with the address.
    history.replaceState(null, '', `/${begun?.hash ?? ''}`);
    // A return that did not begin in this tab is somebody else's attempt to sign this person in.
    if (!begun || query.get('state') !== begun.state) return undefined;
    const code = query.get('code');
    if (!code) throw new SignInExpired(query.get('error_description') ?? 'The sign-in was refused.');
    return tokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: begun.verifier });
  }

  async function refresh({ refreshToken }: Tokens): Promise<Tokens> {
    if (!refreshToken) throw new SignInExpired('There is no refresh token.');
    const renewed = await tokens({ grant_type: 'refresh_token', refresh_token: refreshToken });
    // A new refresh token comes only where the client rotates them.
    return { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken };
  }

  async function revoke({ refreshToken }: Tokens): Promise<void> {
    if (!refreshToken) return;
    await sendOnce(`${base}/oauth2/revoke`, new URLSearchParams({ token: refreshToken, client_id: clientId }));
  }

  function signOut(): boolean {
    location.assign(`${base}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: redirectUri })}`);
    return true;
  }

  async function tokens(parameters: Record<string, string>): Promise<Tokens> {
    const body = new URLSearchParams({ client_id: clientId, ...parameters });
    const response = await fetch(`${base}/oauth2/token`, { method: 'POST', body });
    if (response.status >= 400 && response.status < 500) throw new SignInExpired('The user pool gave no tokens.');
    if (!response.ok) throw new TypeError(`The user pool answered with ${response.status}.`);
    const answer = await response.json();
    return { idToken: answer.id_token, accessToken: answer.access_token, refreshToken: answer.refresh_token };
  }
}

const randomText = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
