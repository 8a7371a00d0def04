import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchWriteCommand, DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { currentAssembly } from '../../local/assembly';
import { runCommand } from '../../local/command';
import { builtConsole } from '../../local/console';
import { localClient } from '../../local/database';
import { type LocalStack, startLocalStack } from '../../local/stack';
import { CHROMIUM_FLAGS, findChromium } from './chromium';
import { cleanupPicture } from './cleanup-picture';

// `npm run pictures`: the pictures in docs/images, from the running system.

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const HOUR = 3_600_000;

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:156.0) Gecko/20100101 Firefox/156.0';
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36 Edg/154.0.0.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1';

/** A person's other devices: addresses are the ones for documentation (RFC 5737). */
const OTHERS = [
  { userAgent: SAFARI, ipAddress: '198.51.100.24', city: 'Hamburg', country: 'DE', usedHours: 0.06, signedInHours: 52 },
  { userAgent: EDGE, ipAddress: '203.0.113.9', city: 'Berlin', country: 'DE', usedHours: 3.2, signedInHours: 75 },
];

runCommand(main);

async function main(): Promise<void> {
  const found = findChromium();
  if (!('path' in found)) throw new Error(`No pictures: ${found.reason}.`);
  const assembly = await currentAssembly();
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(join(IMAGES, 'cleanup.svg'), await cleanupPicture());
  console.log('docs/images/cleanup.svg');
  const stack = await startLocalStack({ assembly, port: 0, databasePort: 0, console: await builtConsole() });
  const browser = await chromium.launch({ executablePath: found.path, args: CHROMIUM_FLAGS });
  try {
    const wide = { width: 960, height: 800 };
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };
    await picture(browser, stack, 'console-light', { viewport: wide }, async (page) => {
      await page.getByRole('button', { name: 'End the session of Safari on iOS' }).click();
    });
    await picture(browser, stack, 'console-dark', { viewport: wide, colorScheme: 'dark' });
    await picture(browser, stack, 'console-phone', { ...phone, userAgent: SAFARI });
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
  const context = await browser.newContext({ ...look, ...options });
  const page = await context.newPage();
  await page.goto(stack.url);
  await page.getByLabel('Username').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const sessionId = (await page.locator('.card.current').getAttribute('data-session')) ?? '';
  const userId = (await page.locator('footer code').textContent()) ?? '';
  const sessionIds = await dress(stack, { userId, sessionId, userAgent: options.userAgent ?? FIREFOX });
  await page.reload();
  await page.locator(`[data-session="${sessionIds.at(-1)}"]`).waitFor();
  await pose?.(page);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: name !== 'console-phone' });
  // The next picture is of a person who is signed in here no more.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Username').waitFor();
  await context.close();
  console.log(`docs/images/${name}.png`);
}

/** Gives the person's session a place, and the person other devices. */
async function dress(
  stack: LocalStack,
  { userId, sessionId, userAgent }: { userId: string; sessionId: string; userAgent: string },
): Promise<string[]> {
  const documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  const own = { ipAddress: '203.0.113.7', locationData: { city: 'Berlin', country: 'DE' } };
  await documents.send(
    new UpdateCommand({
      TableName: stack.sessionsTable,
      Key: { sessionId },
      UpdateExpression: 'SET ipAddress = :ipAddress, locationData = :locationData',
      ExpressionAttributeValues: { ':ipAddress': own.ipAddress, ':locationData': own.locationData },
    }),
  );
  const others = OTHERS.map((other) => (other.userAgent === userAgent ? { ...other, userAgent: FIREFOX } : other));
  const items = others.map((other, index) => sessionOf(other, `${userId}-${index}`, userId));
  await documents.send(
    new BatchWriteCommand({
      RequestItems: { [stack.sessionsTable]: items.map((Item) => ({ PutRequest: { Item } })) },
    }),
  );
  documents.destroy();
  return items.map((item) => item.sessionId);
}

function sessionOf(device: (typeof OTHERS)[number], sessionId: string, userId: string) {
  const before = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
  const loginTime = before(device.signedInHours);
  const lastActivity = before(device.usedHours);
  return {
    sessionId,
    userId,
    isActive: true,
    createdAt: loginTime,
    updatedAt: lastActivity,
    loginTime,
    lastActivity,
    expiresAt: before(-48),
    sessionTimeout: 480,
    ipAddress: device.ipAddress,
    userAgent: device.userAgent,
    locationData: { city: device.city, country: device.country },
    namesSignIn: true,
  };
}
