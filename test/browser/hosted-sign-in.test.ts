import { inBrowser, newName, openConsole, setUpBrowser, theStack, untilSessions } from './people';
import { standInForSignInPage } from './sign-in-page';

setUpBrowser();

inBrowser('The console by a user pool’s own page', () => {
  test('signs in with a code and its proof, and back to where the person wanted to go', async () => {
    const { page, context } = await openConsole();
    const name = newName();
    const { url } = theStack();
    const cognito = { domain: `${url}/pool`, clientId: 'client-1' };
    await context.route('**/config.json', (route) => route.fulfill({ json: { apiUrl: '/dev/', cognito } }));
    const begun = await standInForSignInPage(context, cognito.domain, url, name);
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
