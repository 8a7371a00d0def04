import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { runCommand } from '../../command/command';
import { readAssembly, synthesize } from '../../local/assembly';
import { builtConsole } from '../../local/console';
import { localClient } from '../../local/database';
import { type LocalStack, startLocalStack } from '../../local/stack';
import { legacySessions } from '../support/sessions';
import { cleanupRunsTable } from '../support/stack';
import { CHROMIUM_FLAGS, findChromium, installChromium } from './chromium';
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
  installChromium();
  const found = findChromium();
  if (!('path' in found)) throw new Error(`No pictures: ${found.reason}.`);
  // Anew: pictures of a stack from before a change would show what is no longer there.
  await synthesize();
  const assembly = readAssembly();
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

/** The cleanups after a few days, with what would be deleted now. */
async function cleanupsPicture(browser: Browser, stack: LocalStack, options: BrowserContextOptions): Promise<void> {
  await cleanUpBefore(stack);
  const context = await browser.newContext({ deviceScaleFactor: 1.25, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(stack.url);
  await page.getByLabel('Username').fill('Grace Hopper');
  await page.getByLabel('Sign in as an administrator').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
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

/** Has some of an older backend's sessions cleaned up, as if it were hours ago, and leaves some for now. */
async function cleanUpBefore(stack: LocalStack): Promise<void> {
  const documents = DynamoDBDocumentClient.from(localClient(stack.databaseEndpoint));
  const sessions = legacySessions();
  const put = async (TableName: string, items: readonly object[]) => {
    for (let start = 0; start < items.length; start += 25) {
      const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    }
  };
  for (const [index, hoursAgo] of [8.2, 2.2].entries()) {
    await put(stack.sessionsTable, sessions.slice(index * 700, (index + 1) * 700));
    await fetch(`${stack.url}/_local/events/${stack.ruleNames[0]}`, { method: 'POST' });
    const latest = { TableName: cleanupRunsTable(), KeyConditionExpression: 'kind = :kind', ScanIndexForward: false };
    const query = new QueryCommand({ ...latest, ExpressionAttributeValues: { ':kind': 'cleanup' }, Limit: 1 });
    const [run] = (await documents.send(query)).Items ?? [];
    if (!run) throw new Error('The cleanup left no record.');
    await documents.send(new DeleteCommand({ TableName: cleanupRunsTable(), Key: { kind: run.kind, slot: run.slot } }));
    const earlier = (time: number) => time - hoursAgo * HOUR;
    const [startedAt, finishedAt] = [earlier(run.startedAt), earlier(run.finishedAt)];
    await put(cleanupRunsTable(), [{ ...run, slot: new Date(startedAt).toISOString(), startedAt, finishedAt }]);
  }
  await put(stack.sessionsTable, sessions.slice(1_400));
  documents.destroy();
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
  };
}
