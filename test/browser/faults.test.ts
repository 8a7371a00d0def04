import {
  CHROME,
  cardOf,
  inBrowser,
  newName,
  notice,
  openConsole,
  SAFARI,
  setUpBrowser,
  signIn,
  untilSessions,
} from './people';

setUpBrowser();

inBrowser('When something goes wrong, the console', () => {
  const failing = { success: false, error: { code: 'INTERNAL_SERVER_ERROR', message: 'No.' }, timestamp: '' };
  const API = '**/dev/users/**';

  test('says that the server failed, keeps trying, and comes back', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);
    await page.route(API, (route) =>
      route.fulfill({ status: 500, json: failing, headers: { 'x-amzn-RequestId': 'request-7' } }),
    );
    await page.reload();

    await notice(page, 'The sessions can’t be shown right now').waitFor();
    await notice(page, 'Request request-7').waitFor();
    await page.unroute(API);
    await page.getByRole('button', { name: 'Try again' }).click();

    await untilSessions(page, 1);
    await notice(page, 'The sessions can’t be shown right now').waitFor({ state: 'detached' });
  });

  test('says that a session was not ended, and asks again', async () => {
    const name = newName();
    await signIn(name, { userAgent: SAFARI });
    const { page } = await signIn(name);
    const card = cardOf(page, 'Safari on iOS');
    await page.route(API, (route) =>
      route.request().method() === 'DELETE' ? route.fulfill({ status: 500, json: failing }) : route.continue(),
    );

    await card.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    await card.getByRole('button', { name: 'End session', exact: true }).click();
    await page.getByText(/^Not ended: something went wrong/).waitFor();
    await page.unroute(API);
    await card.getByRole('button', { name: 'End session', exact: true }).click();

    await untilSessions(page, 1);
  });

  test('keeps the list while offline, and refreshes it by itself', async () => {
    const name = newName();
    const { page, context } = await signIn(name);
    await untilSessions(page, 1);

    await context.setOffline(true);
    await notice(page, 'You’re offline').waitFor();
    await untilSessions(page, 1);
    await signIn(name, { userAgent: CHROME });
    await context.setOffline(false);

    await notice(page, 'You’re offline').waitFor({ state: 'detached' });
    await untilSessions(page, 2);
  });

  test('asks to sign in again when the tokens are no good any more', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);
    await page.evaluate(() => {
      const [key = ''] = Object.keys(sessionStorage);
      const tokens = JSON.parse(sessionStorage.getItem(key) ?? '');
      sessionStorage.setItem(key, JSON.stringify({ ...tokens, accessToken: `${tokens.accessToken}x` }));
    });

    await page.reload();

    await notice(page, 'Your sign-in has expired.').waitFor();
  });

  test('says that it is not set up where it finds no configuration', async () => {
    const { page, context } = await openConsole();
    await context.route('**/config.json', (route) => route.fulfill({ status: 404, body: '' }));

    await page.reload();

    await page.getByText(/isn’t set up yet/).waitFor();
  });
});
