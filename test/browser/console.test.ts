import type { Page } from 'playwright-core';
import { Device } from '../support/api';
import {
  CHROME,
  cardOf,
  FIREFOX,
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

inBrowser('Sessions of one browser that look the same', () => {
  async function openWith(...userAgents: string[]) {
    const name = newName();
    for (const userAgent of userAgents) await (await Device.signIn(theStack(), name)).register({ userAgent });
    const person = await signIn(name, { userAgent: FIREFOX });
    await untilSessions(person.page, userAgents.length + 1);
    return { ...person, name };
  }
  const more = (page: Page, count: number) => page.getByRole('button', { name: `${count} more on this device` });
  const ofSafari = (page: Page) => page.getByRole('heading', { name: 'Safari on iOS' });

  test('are one card, which says how many more there are and shows them', async () => {
    const { page } = await openWith(SAFARI, CHROME, SAFARI, SAFARI);
    const folded = await page.getByRole('heading', { level: 3 }).allInnerTexts();

    await more(page, 2).click();

    expect(folded).toEqual(['Firefox on Windows', 'Safari on iOS', 'Chrome on macOS']);
    expect(await more(page, 2).getAttribute('aria-expanded')).toBe('true');
    expect(await ofSafari(page).count()).toBe(3);
    await more(page, 2).click();
    expect(await ofSafari(page).count()).toBe(1);
  });

  test('are ended one by one, by the keyboard too', async () => {
    const { page } = await openWith(SAFARI, SAFARI, SAFARI);
    const end = page.getByRole('button', { name: 'End session of Safari on iOS' });
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);

    for (const left of [1, 0]) {
      await end.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'End session', exact: true }).focus();
      await page.keyboard.press('Enter');
      await untilSessions(page, left + 2);
      expect(await more(page, left).count()).toBe(left);
      expect(await focused()).toBe('End session of Safari on iOS');
    }
  });

  test('stay where they are while somebody is asked about one of them', async () => {
    const { page, name } = await openWith(SAFARI);
    await page.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    const question = page.getByRole('group', { name: 'End this session?' });
    await question.waitFor();

    await (await Device.signIn(theStack(), name)).register({ userAgent: SAFARI });
    await more(page, 1).waitFor();

    expect(await question.isVisible()).toBe(true);
  });
});

inBrowser('What somebody else wrote', () => {
  const REORDERING = '\u202e\u2066\u200f\u061c';
  const CONTROLS = '\u0007\u001b[31m\u0085\u2028';

  test('is shown without characters that hide or reorder, and at a sensible length', async () => {
    const name = newName();
    const { page } = await signIn(`${name}${REORDERING}gpj.exe`);
    await untilSessions(page, 1);
    const userAgent = `Handheld${REORDERING}${CONTROLS}${'x'.repeat(900)}`;
    const device = await Device.signIn(theStack(), `${name}${REORDERING}gpj.exe`);
    await device.register({ userAgent });

    const card = cardOf(page, 'Unknown device');
    await card.waitFor();
    const said = String(await card.locator('.raw').textContent());
    const account = await page.locator('.account-name').textContent();

    expect(said).toMatch(/^Handheld \[31m x+…$/);
    expect([...said].length).toBe(200);
    expect(account).toBe(`${name}gpj.exe`);
  });
});

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
