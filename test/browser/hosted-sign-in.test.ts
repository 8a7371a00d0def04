import type { BrowserContext } from 'playwright-core';
import { inBrowser, newName, notice, openConsole, setUpBrowser, signIn, theStack, untilSessions } from './people';
import { type SignInPage, standInForSignInPage } from './sign-in-page';

setUpBrowser();

/** Has the console sign people in by a page of a user pool. */
async function useSignInPage(context: BrowserContext, username: string): Promise<SignInPage> {
  const { url } = theStack();
  const cognito = { domain: `${url}/pool`, clientId: 'client-1' };
  await context.route('**/config.json', (route) => route.fulfill({ json: { apiUrl: '/dev/', cognito } }));
  return standInForSignInPage(context, cognito.domain, url, username);
}

inBrowser('The console by a user pool’s own page', () => {
  test('signs in with a code and its proof, and back to where the person wanted to go', async () => {
    const { page, context } = await openConsole();
    const { url } = theStack();
    const { begun } = await useSignInPage(context, newName());
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
    expect(begun[0]?.has('prompt')).toBe(false);
    expect(new URL(page.url()).search).toBe('');
  });

  test('signs out: ends the session, revokes the refresh token at the pool, and leaves its page', async () => {
    const { page, context } = await openConsole();
    const { paths, revoked } = await useSignInPage(context, newName());
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 1);
    const refreshToken = await page.evaluate(
      () => JSON.parse(sessionStorage.getItem('session-console.tokens') ?? '').refreshToken,
    );
    const api: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/dev/logout')) api.push(paths.at(-1) ?? '');
    });

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();

    expect(revoked.map((body) => Object.fromEntries(body))).toEqual([{ token: refreshToken, client_id: 'client-1' }]);
    // The session first: it takes a token that can still be renewed.
    expect(api).toEqual(['/oauth2/token']);
    expect(paths.slice(-2)).toEqual(['/oauth2/revoke', '/logout']);
  });

  test.each(['fails', 'does not answer'])('signs out although the pool %s', async (how) => {
    const { page, context } = await openConsole();
    await useSignInPage(context, newName());
    await context.route('**/pool/oauth2/revoke', (route) => (how === 'fails' ? route.abort() : undefined));
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 1);

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();

    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test('asks the person to sign in again, and not the page’s cookie, after their session was ended', async () => {
    const name = newName();
    const { page, context } = await openConsole();
    const { begun } = await useSignInPage(context, name);
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 1);
    const other = await signIn(name);
    await other.page.getByRole('button', { name: 'End the other session' }).click();
    await other.page.getByRole('group').getByRole('button', { name: 'End the other session' }).click();
    await notice(page, 'This session was ended.').waitFor();

    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 2);

    expect(begun.map((query) => query.get('prompt'))).toEqual([null, 'login']);
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
