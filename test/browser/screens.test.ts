import type { Page } from 'playwright-core';
import { Device } from '../support/api';
import {
  CHROME,
  cardOf,
  inBrowser,
  newName,
  openConsole,
  SAFARI,
  setUpBrowser,
  signIn,
  theStack,
  untilSessions,
} from './people';

setUpBrowser();

/** What leaves the screen, or the box that it is in, to the right. */
const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('header *, main *')]
      .filter((element) => element.checkVisibility() && !element.closest('.unseen, .product-name'))
      .filter((element) => {
        const box = element.parentElement?.closest('.panel, .card, .question');
        const right = box
          ? box.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(box).paddingRight)
          : innerWidth;
        return element.getBoundingClientRect().right > right + 1;
      })
      .map((element) => `${element.tagName} ${element.className} ${element.textContent}`),
  );

/** As if the page had been looked at before there was any of the sessions. */
const forgetSeenSessions = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const key of Object.keys(localStorage)) {
      localStorage.setItem(key, JSON.stringify({ visit: 'an earlier one', now: [] }));
    }
  });

const directionOf = (page: Page, selector: string): Promise<string> =>
  page.locator(selector).evaluate((element) => getComputedStyle(element).direction);

inBrowser('On a phone 320 pixels wide', () => {
  const viewport = { width: 320, height: 640 };

  test.each([false, true])('everything fits, Sign out too (an admin: %s)', async (asAdmin) => {
    const name = newName();
    for (const userAgent of [SAFARI, CHROME, CHROME, 'x'.repeat(900)]) {
      await (await Device.signIn(theStack(), name)).register({ userAgent });
    }
    const { page } = await signIn(name, { viewport, asAdmin });
    await untilSessions(page, 5);
    await forgetSeenSessions(page);
    await page.reload();
    await untilSessions(page, 5);
    await page.getByText('New since your last visit').filter({ visible: true }).first().waitFor();
    await page
      .getByRole('button', { name: /^End all/ })
      .first()
      .click();
    const found = await sticksOut(page);
    if (asAdmin) {
      await page.getByRole('link', { name: 'Cleanups' }).click();
      await page.getByRole('button', { name: 'Start a dry run' }).waitFor();
      found.push(...(await sticksOut(page)));
    }

    expect(found).toEqual([]);
  });
});

inBrowser('On a phone that lies on its side', () => {
  test('the page is at its top after the sign-in, and in each of its views', async () => {
    const { page } = await openConsole({ viewport: { width: 740, height: 320 } });
    const name = newName();
    await (await Device.signIn(theStack(), name)).register({ userAgent: SAFARI });
    const scrollDown = () =>
      page.evaluate(() => {
        scrollTo(0, document.documentElement.scrollHeight);
        return scrollY;
      });
    const scrolled = () => page.evaluate(() => scrollY);
    await page.getByLabel('Username').fill(name);
    await page.getByLabel('Sign in as an administrator').check();
    const before = [await scrollDown()];
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 2);
    const after = [await scrolled()];

    before.push(await scrollDown());
    await page.evaluate(() => location.assign('#/cleanups'));
    await page.getByRole('button', { name: 'Start a dry run' }).waitFor();
    after.push(await scrolled());
    before.push(await scrollDown());
    // The keyboard's way: a click would scroll to the button.
    await page.getByRole('button', { name: 'Sign out', exact: true }).evaluate((button: HTMLElement) => button.click());
    await page.getByLabel('Username').waitFor();
    after.push(await scrolled());

    expect(before.every((distance) => distance > 50)).toBe(true);
    expect(after).toEqual([0, 0, 0]);
  });
});

inBrowser('A user agent of 900 characters', () => {
  test.each([320, 960])('spans the card, in three lines at most, %s pixels wide', async (width) => {
    const name = newName();
    await (await Device.signIn(theStack(), name)).register({ userAgent: `Kiosk ${'scanner '.repeat(110)}` });
    const { page } = await signIn(name, { viewport: { width, height: 800 } });
    const card = cardOf(page, 'Unknown device');
    await card.waitFor();

    const { facts, raw, lines } = await card.evaluate((element) => {
      const said = element.querySelector('.raw') as HTMLElement;
      const { height, width } = said.getBoundingClientRect();
      const line = Number.parseFloat(getComputedStyle(said).lineHeight);
      return {
        facts: element.querySelector('.facts')?.getBoundingClientRect().width,
        raw: width,
        lines: height / line,
      };
    });

    expect(raw).toBe(facts);
    expect(Math.round(lines)).toBeLessThanOrEqual(3);
  });
});

inBrowser('A browser in another language', () => {
  test('has its own dates and its 24-hour clock', async () => {
    const { page } = await signIn(newName(), { locale: 'de-DE', timezoneId: 'Europe/Berlin' });
    await untilSessions(page, 1);

    const signedIn = page.locator('.current time').nth(1);
    expect(await signedIn.textContent()).toMatch(/^Today, \d\d:\d\d$/);
    expect(await signedIn.getAttribute('title')).toMatch(/^\d+\. \p{L}+ \d{4} um \d\d:\d\d:\d\d$/u);
  });
});

inBrowser('A name that is written from right to left', () => {
  test('is shown in its own direction wherever it stands, and moves nothing beside it', async () => {
    const name = `מרים (${newName()})!`;
    await (await Device.signIn(theStack(), name)).register({ userAgent: SAFARI, deviceName: 'הטלפון (של) מרים!' });
    const { page } = await openConsole();
    await page.getByLabel('Username').fill(name);
    const typed = await directionOf(page, '#username');
    await page.getByLabel('Sign in as an administrator').check();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await untilSessions(page, 2);
    const device = await directionOf(page, 'text="הטלפון (של) מרים!"');
    await page.evaluate((id) => location.assign(`#/users/${encodeURIComponent(id)}`), 'ספק|מרים (1)');
    await page.getByRole('heading', { level: 1, name: 'A user’s sessions' }).waitFor();

    const places = ['.account-name', '#look-up', '.who bdi'];
    const shown = await Promise.all(places.map((place) => directionOf(page, place)));

    expect([typed, device, ...shown]).toEqual(['rtl', 'rtl', 'rtl', 'rtl', 'rtl']);
    expect(await directionOf(page, 'html')).toBe('ltr');
  });
});

inBrowser('A sign-in without a name', () => {
  test('is marked at its field, and no longer once something is written', async () => {
    const { page } = await openConsole();
    await page.getByRole('button', { name: 'Sign in' }).click();
    const said = page.getByText('Enter a username.');
    await said.waitFor();

    const field = page.getByLabel('Username');
    const [fieldBox, saidBox, optionBox] = await Promise.all(
      [field, said, page.getByLabel('Sign in as an administrator')].map((one) => one.boundingBox()),
    );
    const colours = await field.evaluate((element) => {
      const { borderColor, outlineColor } = getComputedStyle(element);
      return [borderColor, outlineColor];
    });
    const red = await said.evaluate((element) => getComputedStyle(element).color);

    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(colours).toEqual([red, red]);
    expect(saidBox?.y).toBeGreaterThan(fieldBox?.y ?? Number.POSITIVE_INFINITY);
    expect(saidBox?.y).toBeLessThan(optionBox?.y ?? 0);
    await field.fill('a');
    await said.waitFor({ state: 'detached' });
    expect(await field.getAttribute('aria-invalid')).toBeNull();
  });
});

inBrowser('A browser without JavaScript', () => {
  test('shows what the page is, and what it needs', async () => {
    const { page } = await openConsole({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });

    const text = page.getByRole('main');
    await text.getByRole('heading', { level: 1, name: 'Your sessions' }).waitFor();
    await text.getByText(/It needs JavaScript/).waitFor();
    expect((await text.getByRole('heading').boundingBox())?.x).toBeGreaterThan(15);
  });
});

inBrowser('A card', () => {
  /** Answers the page's next lists with these fields in the session of a device. */
  async function answering(page: Page, changes: () => object): Promise<void> {
    await page.route(/\/sessions(\?|$)/, async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const response = await route.fetch();
      const body = await response.json();
      const data = body.data.map((session: { isCurrent: boolean }) =>
        session.isCurrent ? session : { ...session, ...changes() },
      );
      return route.fulfill({ response, json: { ...body, data } });
    });
  }

  test('says first what the device is called, and then what it is', async () => {
    const name = newName();
    await (await Device.signIn(theStack(), name)).register({ userAgent: SAFARI, deviceName: 'Ada’s phone' });
    const { page } = await signIn(name);
    await untilSessions(page, 2);

    const card = cardOf(page, 'Ada’s phone');
    await card.getByText('Safari on iOS', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'End session of Ada’s phone' }).waitFor();
    expect(await cardOf(page, 'Firefox on Windows').locator('.kind').count()).toBe(0);
  });

  test('shows the system alone if the browser is not known, and the other way round', async () => {
    const name = newName();
    for (const userAgent of ['Roku/DVP-14.5 (14.5.4.5934-C4)', 'Acme Desk/2.4']) {
      await (await Device.signIn(theStack(), name)).register({ userAgent });
    }
    const { page } = await signIn(name);
    await untilSessions(page, 3);

    const headings = await page.getByRole('heading', { level: 3 }).allInnerTexts();
    expect(headings.sort()).toEqual(['Acme Desk', 'Firefox on Windows', 'Roku']);
  });

  test('shows place and address of the last use, and goes on to the next one', async () => {
    const name = newName();
    await (await Device.signIn(theStack(), name)).register({ userAgent: SAFARI });
    let last: object = { lastIpAddress: '198.51.100.24', location: { city: 'Hamburg', country: 'DE' } };
    const { page } = await signIn(name);
    await answering(page, () => ({ ipAddress: '203.0.113.7', ...last }));
    await page.reload();
    await untilSessions(page, 2);
    const from = cardOf(page, 'Safari on iOS').locator('dl > div', { hasText: /^From/ });

    const lines = () => from.locator('dd > *').allTextContents();
    expect(await lines()).toEqual(['Hamburg, Germany', '198.51.100.24', 'Signed in from 203.0.113.7']);
    last = { lastIpAddress: '203.0.113.7', location: { country: 'AT' } };
    await page.getByText('Austria').waitFor();
    expect(await lines()).toEqual(['Austria', '203.0.113.7']);
  });

  test('is marked if the device is new since the last visit, and no longer at the next one', async () => {
    const name = newName();
    const marks = (page: Page) => page.getByText('New since your last visit').filter({ visible: true });
    const register = async (userAgent: string) => (await Device.signIn(theStack(), name)).register({ userAgent });
    await register(SAFARI);
    const { page } = await signIn(name);
    await untilSessions(page, 2);
    // At the first visit nothing is known, so nothing is new.
    expect(await marks(page).count()).toBe(0);

    await register(CHROME);
    await page.reload();
    await untilSessions(page, 3);
    expect(await marks(page).count()).toBe(0);
    await signInAgain(page, name);
    await register('Acme Desk/2.4');
    await page.reload();
    await untilSessions(page, 4);
    expect(await marks(page).count()).toBe(1);
    await cardOf(page, 'Acme Desk').getByText('New since your last visit').waitFor();
    await page.reload();
    await untilSessions(page, 4);
    expect(await marks(page).count()).toBe(1);

    await signInAgain(page, name);
    await untilSessions(page, 4);
    expect(await marks(page).count()).toBe(0);
  });

  async function signInAgain(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('Username').fill(name);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: /signed in/ }).waitFor();
  }
});
