import { Device } from '../support/api';
import {
  CHROME,
  cardOf,
  FIREFOX,
  inBrowser,
  newName,
  notice,
  SAFARI,
  setUpBrowser,
  signIn,
  theStack,
  untilSessions,
} from './people';

setUpBrowser();

const ENDED = 'This session was ended.';

inBrowser('A person on the console', () => {
  test('sees where they are signed in, this device first, and without a complaint in the browser', async () => {
    const name = newName();
    await signIn(name, { userAgent: SAFARI });
    const { page, complaints } = await signIn(name, { userAgent: FIREFOX });

    await untilSessions(page, 2);

    const headings = await page.getByRole('heading', { level: 3 }).allInnerTexts();
    expect(headings).toEqual(['Firefox on Windows', 'Safari on iOS']);
    expect(await cardOf(page, 'Firefox on Windows').textContent()).toContain('This device');
    const active = cardOf(page, 'Safari on iOS').locator('time').first();
    expect(await active.textContent()).toMatch(/now|ago/);
    expect(await active.getAttribute('title')).toMatch(/\d{4} at \d+:\d\d:\d\d/);
    expect(complaints).toEqual([]);
  });

  test('ends the session of another device, which is thrown out and told why', async () => {
    const name = newName();
    const phone = await signIn(name, { userAgent: SAFARI });
    const desk = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(desk.page, 2);
    const card = cardOf(desk.page, 'Safari on iOS');

    await card.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    await card.getByRole('button', { name: 'End session', exact: true }).click();

    await untilSessions(desk.page, 1);
    await notice(desk.page, 'No other devices').waitFor();
    await notice(phone.page, ENDED).waitFor();
    await phone.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(desk.complaints).toEqual([]);
  });

  test('is asked once, and nothing is sent when they keep it', async () => {
    const name = newName();
    await signIn(name, { userAgent: SAFARI });
    const { page } = await signIn(name, { userAgent: FIREFOX });
    const deletes: string[] = [];
    page.on('request', (request) => void (request.method() === 'DELETE' && deletes.push(request.url())));
    const card = cardOf(page, 'Safari on iOS');
    const end = card.getByRole('button', { name: 'End session of Safari on iOS' });

    await end.click();
    await card.getByRole('button', { name: 'Keep it' }).click();
    await end.click();
    await page.keyboard.press('Escape');
    await end.waitFor();

    expect(deletes).toEqual([]);
    expect(await end.evaluate((button) => button === document.activeElement)).toBe(true);
    await untilSessions(page, 2);
  });

  test('ends a session by the keyboard alone', async () => {
    const name = newName();
    const phone = await signIn(name, { userAgent: SAFARI });
    const { page } = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(page, 2);
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
    const tabTo = async (label: string) => {
      for (let presses = 0; presses < 20 && (await focused()) !== label; presses += 1) await page.keyboard.press('Tab');
      expect(await focused()).toBe(label);
    };

    await tabTo('End session of Safari on iOS');
    // The second Enter falls on the question, not on its answer.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await tabTo('End session');
    await page.keyboard.press('Enter');

    await untilSessions(page, 1);
    expect(await focused()).toBe('Other devices');
    await page.getByText('The session of Safari on iOS has ended.').waitFor({ state: 'attached' });
    await notice(phone.page, ENDED).waitFor();
  });

  test('ends all other sessions at once', async () => {
    const name = newName();
    const others = [await signIn(name, { userAgent: SAFARI }), await signIn(name, { userAgent: CHROME })];
    const { page, complaints } = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(page, 3);

    await page.getByRole('button', { name: 'End all 2 other sessions' }).click();
    await page.getByRole('group').getByRole('button', { name: 'End all 2 other sessions' }).click();

    await untilSessions(page, 1);
    for (const other of others) await notice(other.page, ENDED).waitFor();
    expect(complaints).toEqual([]);
  });

  test('signs out everywhere: here, and on every other device', async () => {
    const name = newName();
    const phone = await signIn(name, { userAgent: SAFARI });
    const { page, complaints } = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(page, 2);

    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('group').getByRole('button', { name: 'Sign out everywhere' }).click();

    await notice(page, 'You’re signed out everywhere.').waitFor();
    await notice(phone.page, ENDED).waitFor();
    expect(complaints).toEqual([]);
  });

  test('stays signed in when signing out everywhere is refused, and is told why', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);
    await page.route('**/dev/logout', (route) =>
      route.fulfill({
        status: 401,
        json: { success: false, error: { code: 'SIGN_IN_TOO_OLD', message: 'No.' }, timestamp: '' },
      }),
    );

    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    const question = page.getByRole('group');
    await question.getByRole('button', { name: 'Sign out everywhere' }).click();

    await question.getByText(/^Not ended: you signed in too long ago/).waitFor();
    await untilSessions(page, 1);
  });

  test('sees how many they are before they end them, and afterwards that they have ended', async () => {
    const name = newName();
    const others = [SAFARI, CHROME, CHROME];
    for (const userAgent of others) await (await Device.signIn(theStack(), name)).register({ userAgent });
    const { page } = await signIn(name, { userAgent: FIREFOX });
    await page.getByRole('heading', { name: 'Other devices · 3 sessions' }).waitFor();

    await page.getByRole('button', { name: 'End all 3 other sessions' }).click();
    const question = page.getByRole('group', { name: 'End all 3 other sessions?' });
    await question.getByRole('button', { name: 'End all 3 other sessions' }).click();

    const said = page.getByRole('status').getByText('3 sessions have ended.');
    await said.waitFor();
    expect((await said.boundingBox())?.height).toBeGreaterThan(10);
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toContain('Other devices');
  });

  test('sees a new sign-in without a reload', async () => {
    const name = newName();
    const { page } = await signIn(name, { userAgent: FIREFOX });
    await notice(page, 'No other devices').waitFor();

    await signIn(name, { userAgent: CHROME });

    await cardOf(page, 'Chrome on macOS').waitFor();
    await page.getByText('New sign-in: Chrome on macOS.').waitFor({ state: 'attached' });
  });

  test('stays signed in through a reload, with the same session', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);
    const idOf = () => page.locator('[data-session]').getAttribute('data-session');
    const before = await idOf();

    await page.reload();
    await untilSessions(page, 1);

    expect(await idOf()).toBe(before);
  });

  test('has their tokens renewed in time, without noticing', async () => {
    const { page, context } = await signIn(newName());
    await untilSessions(page, 1);
    await context.clock.install();
    await page.reload();
    await untilSessions(page, 1);

    const renewed = page.waitForResponse('**/_local/refresh');
    const listed = renewed.then(() => page.waitForResponse('**/sessions?passive=true'));
    await context.clock.fastForward('59:30');

    expect((await listed).status()).toBe(200);
    await untilSessions(page, 1);
  });

  test('costs nothing while nobody looks, and sees what is new on coming back', async () => {
    const name = newName();
    const { page, context } = await signIn(name);
    await untilSessions(page, 1);
    await context.clock.install();
    await page.reload();
    await untilSessions(page, 1);
    const look = (state: string) =>
      page.evaluate((visibility) => {
        Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    const asked: string[] = [];
    await look('hidden');
    await page.waitForLoadState('networkidle');
    page.on('request', (request) => asked.push(request.url()));

    await signIn(name, { userAgent: CHROME });
    await context.clock.fastForward('10:00');
    const askedWhileHidden = asked.length;
    await look('visible');

    expect(askedWhileHidden).toBe(0);
    await cardOf(page, 'Chrome on macOS').waitFor();
  });

  test('keeps the session alive by what they do, not by the page that asks again and again', async () => {
    const { page, context } = await signIn(newName());
    await untilSessions(page, 1);
    await context.clock.install();
    await page.reload();
    await untilSessions(page, 1);
    const askedAfter = async (act?: () => Promise<unknown>) => {
      await act?.();
      const asked = page.waitForRequest('**/sessions**');
      await context.clock.fastForward('01:00');
      const request = await asked;
      await request.response();
      return new URL(request.url()).search;
    };

    const unattended = [await askedAfter(), await askedAfter()];
    const attended = await askedAfter(() => page.mouse.click(5, 5));
    const after = await askedAfter();

    expect(unattended).toEqual(['?passive=true', '?passive=true']);
    expect([attended, after]).toEqual(['', '?passive=true']);
  });

  test('signs out, and their session is gone for the others', async () => {
    const name = newName();
    const { page } = await signIn(name, { userAgent: FIREFOX });
    const other = await signIn(name, { userAgent: CHROME });
    await untilSessions(other.page, 2);

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();

    await notice(page, 'You’re signed out.').waitFor();
    await untilSessions(other.page, 1);
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  test('signs out, and no new tokens are to be had', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);
    const refreshToken = await page.evaluate(() => {
      const [key = ''] = Object.keys(sessionStorage);
      return JSON.parse(sessionStorage.getItem(key) ?? '').refreshToken;
    });
    const refresh = () =>
      fetch(`${theStack().url}/_local/refresh`, { method: 'POST', body: JSON.stringify({ refreshToken }) });
    const before = await refresh();

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await notice(page, 'You’re signed out.').waitFor();

    expect([before.status, (await refresh()).status]).toEqual([200, 401]);
  });

  test('sees how far it is with many sessions, and what was ended when it stops before the end', async () => {
    const name = newName();
    await signIn(name, { userAgent: SAFARI });
    const { page } = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(page, 2);
    const other = await cardOf(page, 'Safari on iOS').getAttribute('data-session');
    // Made before the first click: the page may say "1 ended" before its second request is on its way.
    let answerSecond = () => {};
    const second = new Promise<void>((resolve) => {
      answerSecond = resolve;
    });
    const rounds = [
      { success: true, data: { message: '', deletedSessions: 1, sessionIds: [other], remaining: true } },
      { success: false, error: { code: 'INTERNAL_SERVER_ERROR', message: 'No.' }, timestamp: '' },
    ];
    await page.route('**/dev/users/*/sessions', async (route) => {
      if (route.request().method() !== 'DELETE') return route.continue();
      const json = rounds.shift();
      if (rounds.length === 0) await second;
      return route.fulfill({ status: json?.success ? 200 : 500, json });
    });

    await page.getByRole('button', { name: 'End the other session' }).click();
    const question = page.getByRole('group');
    await question.getByRole('button', { name: 'End the other session' }).click();
    await question.getByRole('button', { name: 'Ending… 1 ended' }).waitFor();
    // A list that is loaded meanwhile shows none of the others any more: the question stays all the same.
    await page.waitForResponse(/passive=true/);
    await page.waitForResponse(/passive=true/);
    answerSecond();

    await question.getByText('1 session has ended. Some are left. Try again.').waitFor();
    await page.unroute('**/dev/users/*/sessions');
  });

  test('is signed out on this device though the network is gone', async () => {
    const { page, context } = await signIn(newName());
    await untilSessions(page, 1);

    await context.setOffline(true);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();

    await notice(page, 'You’re signed out in this browser.').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});
