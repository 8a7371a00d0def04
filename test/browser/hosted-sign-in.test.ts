import type { Tokens } from '../support/api';
import { inBrowser, newName, openConsole, setUpBrowser, theStack, untilSessions } from './people';

setUpBrowser();

inBrowser('The console by a user pool’s own page', () => {
  test('signs in with a code and its proof, and back to where the person wanted to go', async () => {
    const { page, context } = await openConsole();
    const name = newName();
    const { url } = theStack();
    let challenge: string | null = null;
    const begun: URLSearchParams[] = [];
    const cognito = { domain: `${url}/pool`, clientId: 'client-1' };
    await context.route('**/config.json', (route) => route.fulfill({ json: { apiUrl: '/dev/', cognito } }));
    await context.route('**/pool/oauth2/authorize?*', (route) => {
      const query = new URL(route.request().url()).searchParams;
      begun.push(query);
      challenge = query.get('code_challenge');
      const location = `${query.get('redirect_uri')}?code=code-1&state=${query.get('state')}`;
      return route.fulfill({ status: 302, headers: { location } });
    });
    await context.route('**/pool/oauth2/token', async (route) => {
      const body = new URLSearchParams(route.request().postData() ?? '');
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body.get('code_verifier') ?? ''));
      const proven = Buffer.from(digest).toString('base64url') === challenge && body.get('code') === 'code-1';
      if (!proven) return route.fulfill({ status: 400, json: { error: 'invalid_grant' } });
      const signedIn = await fetch(`${url}/_local/sign-in`, {
        method: 'POST',
        body: JSON.stringify({ username: name }),
      });
      const { idToken, accessToken, refreshToken } = (await signedIn.json()) as Tokens;
      return route.fulfill({ json: { id_token: idToken, access_token: accessToken, refresh_token: refreshToken } });
    });
    await page.reload();

    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByRole('heading', { name: 'Where you’re signed in' }).waitFor();
    await untilSessions(page, 1);
    expect(Object.fromEntries(begun[0] ?? [])).toMatchObject({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: `${url}/`,
      code_challenge_method: 'S256',
    });
    expect(new URL(page.url()).search).toBe('');
  });

  test('takes no code that this tab did not ask for', async () => {
    const { page, context } = await openConsole();
    const cognito = { domain: `${theStack().url}/pool`, clientId: 'client-1' };
    const exchanges: string[] = [];
    await context.route('**/config.json', (route) => route.fulfill({ json: { apiUrl: '/dev/', cognito } }));
    await context.route('**/pool/oauth2/token', (route) => {
      exchanges.push(route.request().url());
      return route.abort();
    });

    await page.goto(`${theStack().url}/?code=stolen&state=forged`);

    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(exchanges).toEqual([]);
    expect(new URL(page.url()).search).toBe('');
  });
});
