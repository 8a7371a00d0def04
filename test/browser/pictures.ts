import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { runCommand } from '../../command/command';
import { type Assembly, readAssembly, synthesize } from '../../local/assembly';
import { builtConsole } from '../../local/console';
import { localClient } from '../../local/database';
import { type LocalStack, startLocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { legacySessions } from '../support/sessions';
import { CHROMIUM_FLAGS, findChromium, installChromium } from './chromium';
import { cleanupPicture } from './cleanup-picture';

// `npm run pictures`: the pictures in docs/images, from the running system.

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const HOUR = 3_600_000;
const PERSON = 'Ada Lovelace';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:156.0) Gecko/20100101 Firefox/156.0';
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36 Edg/154.0.0.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1';

/** What CloudFront would send along, from addresses for documentation (RFC 5737): the system records the rest. */
const SECRET = 'of the distribution';
const from = (address: string, city: string) => ({
  'X-Origin-Secret': SECRET,
  'CloudFront-Viewer-Address': `${address}:46532`,
  'CloudFront-Viewer-Country': 'DE',
  'CloudFront-Viewer-City': city,
});
const AT_HOME = from('203.0.113.7', 'Berlin');

/** A person's other devices, and how long ago they signed in. */
const LAPTOP = { userAgent: EDGE, deviceName: 'Work laptop', headers: from('203.0.113.9', 'Berlin'), hours: 75 };
const PHONE = { userAgent: SAFARI, headers: from('198.51.100.24', 'Hamburg'), hours: 2 };

runCommand(main);

async function main(): Promise<void> {
  installChromium();
  const found = findChromium();
  if (!('path' in found)) throw new Error(`No pictures: ${found.reason}.`);
  // Anew: pictures of a stack from before a change would show what is no longer there.
  await synthesize();
  const assembly = behindCloudFront(readAssembly());
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(join(IMAGES, 'cleanup.svg'), await cleanupPicture());
  console.log('docs/images/cleanup.svg');
  const stack = await startLocalStack({ assembly, port: 0, databasePort: 0, console: builtConsole() });
  const browser = await chromium.launch({ executablePath: found.path, args: CHROMIUM_FLAGS });
  try {
    const wide = { width: 960, height: 800 };
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };
    await picture(browser, stack, 'console-light', { viewport: wide }, async (page) => {
      await page.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    });
    await picture(browser, stack, 'console-dark', { viewport: wide, colorScheme: 'dark' });
    await picture(browser, stack, 'console-phone', { ...phone, userAgent: SAFARI });
    await cleanupsPicture(browser, stack, { viewport: wide });
  } finally {
    await browser.close();
    await stack.close();
  }
}

async function picture(
  browser: Browser,
  stack: LocalStack,
  name: string,
  options: BrowserContextOptions,
  pose?: (page: Page) => Promise<void>,
): Promise<void> {
  const look = { userAgent: FIREFOX, deviceScaleFactor: 1.25, reducedMotion: 'reduce' as const };
  const context = await browser.newContext({ extraHTTPHeaders: AT_HOME, ...look, ...options });
  const page = await context.newPage();
  await page.goto(stack.url);
  const laptop = await registered(stack, LAPTOP);
  // A visit before, so that what comes after it is new.
  await signIn(page, PERSON);
  await page.locator('[data-session]').nth(1).waitFor();
  await signOut(page);
  const phone = await registered(stack, options.userAgent === SAFARI ? { ...PHONE, userAgent: FIREFOX } : PHONE);
  await signIn(page, PERSON);
  await page.locator('[data-session]').nth(2).waitFor();
  await pose?.(page);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: name !== 'console-phone' });
  // The next picture is of a person who is signed in here no more.
  await signOut(page);
  await Promise.all([laptop.logOut(), phone.logOut()]);
  await context.close();
  console.log(`docs/images/${name}.png`);
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('Username').waitFor();
}

/** The cleanups after a few days, with what would be deleted now. */
async function cleanupsPicture(browser: Browser, stack: LocalStack, options: BrowserContextOptions): Promise<void> {
  await cleanUpBefore(stack);
  const context = await browser.newContext({ deviceScaleFactor: 1.25, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(stack.url);
  await page.getByLabel('Sign in as an administrator').check();
  await signIn(page, 'Grace Hopper');
  await page.getByRole('link', { name: 'Cleanups' }).click();
  await page.getByRole('button', { name: 'Start a dry run' }).click();
  await page
    .getByText(/sessions would be deleted/)
    .first()
    .waitFor();
  await page.screenshot({ path: join(IMAGES, 'console-cleanups.png'), fullPage: true });
  await context.close();
  console.log('docs/images/console-cleanups.png');
}

/** Has some of an older backend's sessions cleaned up, and leaves some for now. */
async function cleanUpBefore(stack: LocalStack): Promise<void> {
  const documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  const sessions = legacySessions();
  const put = async (items: readonly object[]) => {
    for (let start = 0; start < items.length; start += 25) {
      const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await documents.send(new BatchWriteCommand({ RequestItems: { [stack.sessionsTable]: requests } }));
    }
  };
  for (const start of [0, 700]) {
    await put(sessions.slice(start, start + 700));
    await fetch(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST' });
  }
  await put(sessions.slice(1_400));
  documents.destroy();
}

/** The stack of a stage that trusts a distribution by its secret. */
function behindCloudFront(assembly: Assembly): Assembly {
  const sha256 = [createHash('sha256').update(SECRET).digest('hex')];
  for (const { Properties } of Object.values(assembly.resources)) {
    const variables = Properties.Environment?.Variables;
    if (variables?.SESSIONS_TABLE) variables.TRUSTED_ORIGIN = JSON.stringify({ header: 'X-Origin-Secret', sha256 });
  }
  return assembly;
}

/** Signs the person in on another device, and registers it. */
async function registered(stack: LocalStack, { hours, headers, ...device }: typeof PHONE): Promise<Device> {
  const authTime = Math.floor((Date.now() - hours * HOUR) / 1_000);
  const signedIn = await Device.signIn(stack, PERSON, { userAgent: device.userAgent, claims: { auth_time: authTime } });
  await send(`${stack.apiUrl}users/me/sessions`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${signedIn.idToken}` },
    body: device,
  });
  return signedIn;
}
