import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { inBrowser, openConsole, setUpBrowser } from './people';

setUpBrowser();

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const operation = (page: Page, method: string, path: string): Locator =>
  page.getByRole('region', { name: `${method} ${path}`, exact: true });

/** Sends an operation's request as its form stands. @returns what it shows of the answer */
async function send(at: Locator): Promise<string | null> {
  await at.getByText('Send a request').click();
  await at.getByRole('button', { name: 'Send' }).click();
  const answer = at.getByRole('status');
  await answer.waitFor();
  return answer.textContent();
}

inBrowser('The page that describes the API', () => {
  test('shows each body’s fields, also of a schema that is only referred to', async () => {
    const { page } = await openConsole({}, '_local/docs');
    const register = operation(page, 'POST', '/users/{id}/sessions');

    await register.getByText('userAgent').first().waitFor();

    const text = await register.textContent();
    expect(text).toMatch(
      /userAgent string, at most 1000 characters\. .*loginTime .*ipAddress string \(ipv4\) or string \(ipv6\).*, optional/s,
    );
    expect(text).toMatch(/deviceName string, .* or null, optional\. What people call the device/);
    expect(text).toMatch(/isCurrent boolean/);
    expect(text).toMatch(/device object\. .*browser string/s);
  });

  test('signs in, and sends requests with the token', async () => {
    const { page, complaints } = await openConsole({}, '_local/docs');
    const list = operation(page, 'GET', '/users/{id}/sessions');
    expect(await send(list)).toMatch(/^401\n.*"code": "UNAUTHORIZED"/s);
    complaints.length = 0;

    await page.getByLabel('Username', { exact: true }).fill('reader');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Signed in. Register this session first.').waitFor();

    expect(await send(operation(page, 'POST', '/users/{id}/sessions'))).toMatch(/^201\n.*"isCurrent": true/s);
    await list.getByRole('button', { name: 'Send' }).click();
    await list.getByText('"isCurrent": true').waitFor();
    expect(complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('is without a barrier, in %s colours', async (colorScheme) => {
    const { page } = await openConsole({ colorScheme, viewport: { width: 375, height: 740 } }, '_local/docs');
    await operation(page, 'POST', '/logout').getByText('Send a request').click();
    await page.evaluate(AXE);

    const { violations } = await page.evaluate(() => (globalThis as any).axe.run(document));
    const [background, width] = await page.evaluate(() => [
      (globalThis as any).getComputedStyle((globalThis as any).document.body).backgroundColor,
      (globalThis as any).document.documentElement.scrollWidth,
    ]);

    expect(violations.map(({ id, nodes }: any) => [id, nodes.map(({ target }: any) => target)])).toEqual([]);
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 30)' : 'rgb(255, 255, 255)');
    expect(width).toBeLessThanOrEqual(375);
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/reader-${colorScheme}.png` });
  });
});
