import { type Browser, chromium } from 'playwright-core';
import { readAssembly } from '../../local/assembly';
import type { LocalStack } from '../../local/stack';
import { send } from '../support/api';
import { beginSignIn, CALLBACK, type SecondIssuer, startSecondIssuer } from '../support/second-issuer';
import { startStack, synthesizeStage } from '../support/stack';
import { CHROMIUM_FLAGS, findChromium } from './chromium';
import { inBrowser } from './people';

jest.setTimeout(120_000);
const found = findChromium();
let provider: SecondIssuer;
let stack: LocalStack;
let browser: Browser;

inBrowser('A person who signs in at another provider', () => {
  beforeAll(async () => {
    provider = await startSecondIssuer();
    const assembly = readAssembly(synthesizeStage(provider.stage, { bundled: true }));
    stack = await startStack({ assembly, log: () => undefined });
    await provider.register(`${stack.apiUrl}backchannel-logout`);
    browser = await chromium.launch({ executablePath: 'path' in found ? found.path : '', args: CHROMIUM_FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    provider?.stop();
  });

  test('is signed out here by signing out there', async () => {
    const page = await browser.newPage();
    await page.route(`${CALLBACK}*`, (route) => route.fulfill({ body: 'Signed in.' }));
    const { address, tokens } = beginSignIn(provider.issuer);
    await page.goto(address);
    await page.locator('[name=login]').fill('ann');
    await page.locator('[name=password]').fill('any');
    await page.locator('[type=submit]').click();
    await page.locator('[type=submit]').click();
    await page.getByText('Signed in.').waitFor();
    const { idToken } = await tokens(page.url());
    const headers = { authorization: `Bearer ${idToken}`, 'user-agent': 'Chromium' };
    const sessions = `${stack.apiUrl}users/me/sessions`;
    const registered = await send(sessions, { method: 'POST', headers, body: { userAgent: 'Chromium' } });
    expect(registered.status).toBe(201);

    await page.goto(`${provider.issuer}/session/end`);
    await page.getByRole('button', { name: /sign.?me out/i }).click();
    await page.waitForURL(/success/);

    const next = await send(sessions, { headers });
    expect([next.status, next.body.error.code]).toEqual([401, 'SESSION_ENDED']);
    let endings: any[] = [];
    while (endings.length === 0) {
      const { body } = await send(`${stack.url}/_local/events`);
      endings = body.events.filter(({ detail }: any) => detail.userId === 'staff|ann' && detail.reason);
    }
    expect(endings.map(({ detail }) => detail.reason)).toEqual(['signed-out-at-provider']);
  });
});
