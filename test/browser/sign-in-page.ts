import type { BrowserContext } from 'playwright-core';
import type { Tokens } from '../support/api';

export interface SignInPage {
  /** What it was asked for at the beginning of each sign-in. */
  readonly begun: URLSearchParams[];
  /** What it was asked to revoke. */
  readonly revoked: URLSearchParams[];
  /** The paths it was asked for, in that order. */
  readonly paths: string[];
}

/**
 * Stands in for a user pool's own page: signs everybody in as the same person, and gives tokens for the code that it
 * sent and its proof only.
 * @param domain of the page, as `config.json` names it
 * @param localRun that issues the tokens, its address
 */
export async function standInForSignInPage(
  context: BrowserContext,
  domain: string,
  localRun: string,
  username: string,
): Promise<SignInPage> {
  const begun: URLSearchParams[] = [];
  const revoked: URLSearchParams[] = [];
  const paths: string[] = [];
  context.on('request', (request) => {
    if (request.url().startsWith(`${domain}/`))
      paths.push(new URL(request.url().slice(domain.length), domain).pathname);
  });
  let challenge: string | null = null;
  await context.route(`${domain}/oauth2/authorize?*`, (route) => {
    const query = new URL(route.request().url()).searchParams;
    begun.push(query);
    challenge = query.get('code_challenge');
    const location = `${query.get('redirect_uri')}?code=code-1&state=${query.get('state')}`;
    return route.fulfill({ status: 302, headers: { location } });
  });
  await context.route(`${domain}/oauth2/token`, async (route) => {
    const headers = { 'access-control-allow-origin': '*' };
    const body = new URLSearchParams(route.request().postData() ?? '');
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body.get('code_verifier') ?? ''));
    const proven = Buffer.from(digest).toString('base64url') === challenge && body.get('code') === 'code-1';
    if (!proven) return route.fulfill({ status: 400, headers, json: { error: 'invalid_grant' } });
    const signedIn = await fetch(`${localRun}/_local/sign-in`, { method: 'POST', body: JSON.stringify({ username }) });
    const { idToken, accessToken, refreshToken } = (await signedIn.json()) as Tokens;
    const json = { id_token: idToken, access_token: accessToken, refresh_token: refreshToken };
    return route.fulfill({ headers, json });
  });
  // The answers of Cognito: an empty body, and any origin may read it.
  await context.route(`${domain}/oauth2/revoke`, (route) => {
    revoked.push(new URLSearchParams(route.request().postData() ?? ''));
    return route.fulfill({ headers: { 'access-control-allow-origin': '*' }, body: '' });
  });
  await context.route(`${domain}/logout?*`, (route) => {
    const location = new URL(route.request().url()).searchParams.get('logout_uri') ?? '';
    return route.fulfill({ status: 302, headers: { location } });
  });
  return { begun, revoked, paths };
}
