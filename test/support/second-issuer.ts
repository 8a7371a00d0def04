import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StageConfiguration } from '../../lib/options';

export interface SecondIssuer {
  readonly issuer: string;
  /** A stage that accepts its tokens, and is told by it who signed out. */
  readonly stage: StageConfiguration;
  /** Registers the app with it. */
  readonly register: (logoutUri: string) => Promise<void>;
  /** What it could not do, by its own account. */
  readonly complaints: readonly string[];
  readonly stop: () => void;
}

/** Where people come back to from signing in: nobody is there. */
export const CALLBACK = 'http://127.0.0.1:9/callback';

/** Starts `oidc-provider.mjs` in a process of its own. */
export async function startSecondIssuer(): Promise<SecondIssuer> {
  const child = spawn(process.execPath, [join(__dirname, 'oidc-provider.mjs')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  // It warns that it has no database, and of this version of Node.js.
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!/WARNING/.test(line)) complaints.push(line);
  });
  const [issuer] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    issuer,
    complaints,
    stage: {
      openIdProviders: [{ name: 'staff', issuer, audience: 'the-app', jwksUri: `${issuer}/jwks` }],
      receivers: [{ standard: 'backchannel-logout', issuer, audience: 'the-app', provider: 'staff' }],
    },
    async register(logoutUri) {
      const client = {
        application_type: 'native',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        require_auth_time: true,
        backchannel_logout_uri: logoutUri,
        backchannel_logout_session_required: true,
      };
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${issuer}/reg`, { method: 'POST', headers, body: JSON.stringify(client) });
      if (answer.status !== 201) throw new Error(await answer.text());
    },
    stop: () => void child.kill(),
  };
}

/** An authorization code flow with a proof (PKCE). */
export function beginSignIn(issuer: string) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'the-app',
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return {
    address: `${issuer}/auth?${query}`,
    /** @param callback the address that the browser came back to */
    tokens: (callback: string) =>
      tokensFor(issuer, {
        grant_type: 'authorization_code',
        code: new URL(callback).searchParams.get('code') ?? '',
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      }),
  };
}

export const refresh = (issuer: string, refreshToken: string) =>
  tokensFor(issuer, { grant_type: 'refresh_token', refresh_token: refreshToken });

async function tokensFor(issuer: string, grant: Record<string, string>) {
  const body = new URLSearchParams({ client_id: 'the-app', ...grant });
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
  const { id_token: idToken, refresh_token: refreshToken } = (await answer.json()) as Record<string, unknown>;
  if (answer.status !== 200) throw new Error('The provider gave no tokens.');
  return { idToken: String(idToken), refreshToken: String(refreshToken) };
}

/** A browser without a window: follows redirects, keeps cookies and sends the form that a page shows. */
export class Visitor {
  private readonly cookies = new Map<string, string>();

  /** @returns the page, or the address of one on another machine */
  async visit(address: string, form?: Record<string, string>): Promise<{ address: string; text: string }> {
    let [next, body] = [address, form && new URLSearchParams(form)];
    for (;;) {
      if (next.startsWith(CALLBACK)) return { address: next, text: '' };
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(next, {
        method: body ? 'POST' : 'GET',
        body,
        headers: { cookie },
        redirect: 'manual',
      });
      for (const one of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
        this.cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location === null) return { address: next, text: await answer.text() };
      [next, body] = [new URL(location, next).href, undefined];
    }
  }

  /** Sends the form of a page, with what a person writes into it. */
  submit({ address, text }: { address: string; text: string }, written: Record<string, string>) {
    const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1] ?? '';
    const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, value]));
    return this.visit(new URL(action, address).href, { ...fields, ...written });
  }
}
