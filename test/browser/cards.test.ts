import type { Page } from 'playwright-core';
import { Device } from '../support/api';
import {
  CHROME,
  cardOf,
  FIREFOX,
  inBrowser,
  newName,
  SAFARI,
  setUpBrowser,
  signIn,
  theStack,
  untilSessions,
} from './people';

setUpBrowser();

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
