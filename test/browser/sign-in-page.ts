import type { BrowserContext } from 'playwright-core';
import type { Tokens } from '../support/api';

/**
 * Stands in for a user pool's own page: signs everybody in as the same person, and gives tokens for the code that it
 * sent and its proof only.
 * @param domain of the page, as `config.json` names it
 * @param localRun that issues the tokens, its address
 * @returns what it was asked for at the beginning of each sign-in
 */
export async function standInForSignInPage(
  context: BrowserContext,
  domain: string,
  localRun: string,
  username: string,
): Promise<URLSearchParams[]> {
  const begun: URLSearchParams[] = [];
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
  return begun;
}
