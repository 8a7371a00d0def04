import { readFileSync } from 'node:fs';
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

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on the page that keeps people out, as lines to read. */
async function findings(page: Page): Promise<string[]> {
  // Colours in the middle of an animation are nobody's colours.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (globalThis as any).axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }: any) => nodes.map(({ target }: any) => `${id}: ${help} (${target.join(' ')})`));
}

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 740 } };
const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  (['desktop', 'phone'] as const).map((size) => [colorScheme, size] as const),
);

inBrowser('The console, for everybody', () => {
  describe.each(LOOKS)('%s, on a %s', (colorScheme, size) => {
    const look = { colorScheme, viewport: SIZES[size], reducedMotion: 'reduce' as const };

    test('signs people in without a barrier', async () => {
      const { page } = await openConsole(look);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('Enter a username.').waitFor();

      expect(await findings(page)).toEqual([]);
    });

    test('shows sessions, and asks before it ends one, without a barrier', async () => {
      const name = newName();
      for (const userAgent of [SAFARI, CHROME, CHROME]) {
        await (await Device.signIn(theStack(), name)).register({ userAgent });
      }
      const { page } = await signIn(name, { ...look, asAdmin: true });
      await untilSessions(page, 4);
      await page.getByRole('button', { name: '1 more on this device' }).click();
      await cardOf(page, 'Safari on iOS').getByRole('button').click();
      await page.getByRole('group').waitFor();

      expect(await findings(page)).toEqual([]);
    });

    test('says that there is nothing, and that something is wrong, without a barrier', async () => {
      const { page, context } = await signIn(newName(), { ...look, asAdmin: true, path: '#/users/nobody' });
      await page.getByText('Nobody is signed in with this ID').waitFor();
      await context.setOffline(true);
      await page.getByText('You’re offline').waitFor();

      expect(await findings(page)).toEqual([]);
    });

    test('shows the cleanups without a barrier, and they fit', async () => {
      const { page } = await signIn(newName(), { ...look, asAdmin: true });
      const [rule] = theStack().ruleNames;
      await fetch(`${theStack().url}/_local/events/${rule}`, { method: 'POST' });
      await page.getByRole('link', { name: 'Cleanups' }).click();
      await page.getByRole('button', { name: 'Start a dry run' }).click();
      await page
        .getByText(/(sessions?|Nothing) would be deleted/)
        .first()
        .waitFor();

      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
    });

    test('fits, with long names too', async () => {
      const longName = `${newName()}-${'x'.repeat(100)}`;
      const { page } = await signIn(longName, { ...look, asAdmin: true });
      await untilSessions(page, 1);

      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

      expect(overflow).toBeLessThanOrEqual(0);
    });
  });

  test('puts the focus where a person goes on, and says what they do not see', async () => {
    const { page } = await signIn(newName());
    await untilSessions(page, 1);

    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.getByText('1 session.').waitFor({ state: 'attached' });

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('You’re signed out.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('You’re signed out.');
  });
});
