import type { Page } from 'playwright-core';
import { Device } from '../support/api';
import {
  cardOf,
  inBrowser,
  newName,
  notice,
  openConsole,
  SAFARI,
  setUpBrowser,
  signIn,
  theStack,
  untilSessions,
} from './people';

setUpBrowser();

const ENDED = 'This session was ended.';
const userIdOn = (page: Page) => page.locator('footer code').textContent().then(String);

inBrowser('An admin on the console', () => {
  test('is one by a claim only if the stage names it', async () => {
    const { page, context } = await openConsole();
    await context.route('**/_local/sign-in', (route) => {
      const body = { ...route.request().postDataJSON(), claims: { 'custom:role': 'admin' } };
      return route.continue({ postData: JSON.stringify(body) });
    });
    const signInHere = async () => {
      await page.getByLabel('Username').fill(newName());
      await page.getByRole('button', { name: 'Sign in' }).click();
      await untilSessions(page, 1);
      return page.getByLabel('Look up a user').count();
    };

    const asItIs = await signInHere();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await notice(page, 'You’re signed out.').waitFor();
    await context.route('**/config.json', async (route) => {
      const answer = await route.fetch();
      return route.fulfill({ json: { ...(await answer.json()), adminClaim: 'custom:role' } });
    });
    await page.reload();
    const named = await signInHere();

    expect([asItIs, named]).toEqual([0, 1]);
  });

  test('looks a user up, sees their sessions and ends one', async () => {
    const person = await signIn(newName(), { userAgent: SAFARI });
    const admin = await signIn(newName(), { asAdmin: true });
    const userId = await userIdOn(person.page);

    await admin.page.getByLabel('Look up a user').fill(userId);
    await admin.page.getByRole('button', { name: 'Show sessions' }).click();
    await admin.page.getByRole('heading', { level: 1, name: 'A user’s sessions' }).waitFor();
    const card = cardOf(admin.page, 'Safari on iOS');
    await card.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    await card.getByRole('button', { name: 'End session', exact: true }).click();

    await notice(admin.page, 'No sessions left').waitFor();
    await notice(person.page, ENDED).waitFor();
    await admin.page.getByRole('link', { name: 'Your own sessions' }).click();
    await admin.page.getByRole('heading', { level: 1, name: 'Where you’re signed in' }).waitFor();
    expect(admin.complaints).toEqual([]);
  });

  test('finds a user by e-mail address and by user name, and is told if nobody has it', async () => {
    const name = newName();
    const device = await Device.signIn(theStack(), name, { claims: { email: `${name}@example.org` } });
    await device.register({ userAgent: SAFARI });
    const { page } = await signIn(newName(), { asAdmin: true });
    const lookUp = async (who: string) => {
      await page.getByLabel('Look up a user').fill(who);
      await page.getByRole('button', { name: 'Show sessions' }).click();
    };

    await lookUp(`nobody-${name}@example.org`);
    await notice(page, 'Nobody has that address.').waitFor();
    await lookUp(`nobody-${name}`);
    await notice(page, 'Nobody has that user name or ID.').waitFor();
    for (const who of [`${name}@example.org`, name]) {
      await page.goto(`${theStack().url}/#/`);
      await lookUp(who);
      await page.getByRole('heading', { level: 1, name: 'A user’s sessions' }).waitFor();
      expect(await page.locator('.who bdi').textContent()).toBe(device.userId);
    }
  });

  test('tells a user who is signed out everywhere from an ID that nobody has', async () => {
    const device = await Device.signIn(theStack(), newName());
    await device.register({ userAgent: SAFARI });
    const { page } = await signIn(newName(), { asAdmin: true, path: `#/users/${device.userId}` });

    await page.getByRole('button', { name: /^End session of/ }).click();
    await page.getByRole('button', { name: 'End session', exact: true }).click();
    await notice(page, 'This user is signed out on every device.').waitFor();
    const atEnd = await page.locator('.empty:visible').allInnerTexts();
    await page.getByLabel('Look up a user').fill(device.userId.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
    await page.getByRole('button', { name: 'Show sessions' }).click();

    await notice(page, 'Nobody is signed in with this ID').waitFor();
    expect(await page.locator('.empty:visible').allInnerTexts()).not.toEqual(atEnd);
    expect(atEnd).toHaveLength(1);
  });

  test('is asked for somebody where nobody is named', async () => {
    const { page } = await signIn(newName(), { asAdmin: true });

    await page.getByRole('button', { name: 'Show sessions' }).click();

    await page.getByText('Enter an e-mail address, a user name or a user ID.').waitFor();
    const field = page.getByLabel('Look up a user');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill('s');
    await page.getByText('Enter an e-mail address, a user name or a user ID.').waitFor({ state: 'detached' });
  });

  test('is the only one who sees another user’s sessions', async () => {
    const { page } = await signIn(newName(), { path: '#/users/somebody-else' });

    await notice(page, 'You can’t see this user’s sessions').waitFor();
    expect(await page.getByLabel('Look up a user').count()).toBe(0);
  });
});
