import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from 'playwright-core';
import { localClient } from '../../local/database';
import { cleanupRunsTable } from '../support/stack';
import {
  type Device,
  inBrowser,
  newName,
  notice,
  openConsole,
  setUpBrowser,
  signIn,
  theStack,
  untilSessions,
} from './people';

setUpBrowser();

const DRY_RUN = 'Start a dry run';
const API = '**/dev/cleanups*';

/** Puts sessions that have been over for long; gives the ids. */
async function putOver(count: number): Promise<string[]> {
  const database = localClient(theStack().databaseEndpoint);
  const ids = Array.from({ length: count }, () => `over-${newName()}`);
  for (const id of ids) {
    const Item = { sessionId: { S: id }, userId: { S: 'nobody' }, isActive: { BOOL: false } };
    await database.send(new PutItemCommand({ TableName: theStack().sessionsTable, Item }));
  }
  database.destroy();
  return ids;
}

/** Fires the schedule's rule; gives the cleanup's result. */
async function cleanUp(detail: object = {}): Promise<any> {
  const [rule] = theStack().ruleNames;
  const fired = await fetch(`${theStack().url}/_local/events/${rule}`, {
    method: 'POST',
    body: JSON.stringify(detail),
  });
  return fired.json();
}

async function openCleanups(options: Parameters<typeof signIn>[1] = {}): Promise<Device> {
  const device = await signIn(newName(), { asAdmin: true, ...options });
  await device.page.getByRole('link', { name: 'Cleanups' }).click();
  await device.page.getByRole('heading', { level: 1, name: 'Cleanups' }).waitFor();
  return device;
}

const firstCard = (page: Page) => page.getByRole('list', { name: 'Last runs' }).getByRole('listitem').first();

inBrowser('An admin, of the cleanups,', () => {
  test('sees the last run: when, how long, how many and why', async () => {
    await cleanUp();
    await putOver(3);
    const result = await cleanUp();

    const { page, complaints } = await openCleanups();

    const card = firstCard(page);
    await card.getByText(`3 of ${result.totalSessions} sessions were deleted.`).waitFor();
    const text = String(await card.textContent());
    expect(text).toContain('0 expired, 0 idle, 3 inactive, 0 orphaned');
    expect(text).toContain('Completed');
    expect(text).toMatch(/Begun byThe schedule/);
    expect(text).toMatch(/Took(Less than a second|\d+ s)/);
    const when = card.locator('time');
    expect(await when.textContent()).toMatch(/now|ago/);
    expect(await when.getAttribute('title')).toMatch(/\d{4} at \d+:\d\d:\d\d/);
    expect(complaints).toEqual([]);
  });

  test('has made a dry run, sees the numbers where they asked, and nothing is deleted', async () => {
    await cleanUp();
    await putOver(4);
    const { page, complaints } = await openCleanups();

    await page.getByRole('button', { name: DRY_RUN }).click();

    const panel = page.getByRole('region', { name: 'What would be deleted now' });
    await panel.getByText(/^4 of \d+ sessions would be deleted\.$/).waitFor();
    await panel.getByText('0 expired, 0 idle, 4 inactive, 0 orphaned').waitFor();
    await panel.getByRole('button', { name: DRY_RUN }).waitFor();
    await page
      .getByRole('status')
      .getByText(/^4 of \d+ sessions would be deleted\.$/)
      .waitFor({ state: 'attached' });
    expect(await firstCard(page).textContent()).toMatch(/Dry run.*Begun byYou/);
    expect((await cleanUp()).deletedSessions).toBe(4);
    expect(complaints).toEqual([]);
  });

  test('sees idle and expired sessions apart, how many runs there are, and numbers as the browser writes them', async () => {
    const { page } = await openCleanups({ locale: 'de-DE' });
    const result = { totalSessions: 52_113, deletedSessions: 1_219, errors: 0 };
    const over = { expiredSessions: 1_204, inactiveSessions: 12, orphanedSessions: 3 };
    const time = new Date().toISOString();
    const run = {
      state: 'completed',
      dryRun: false,
      startedAt: time,
      finishedAt: time,
      result: { ...result, ...over },
      why: { expired: 204, idle: 1_000, inactive: 12, orphaned: 3 },
    };
    const { why: _, ...older } = run;
    const runs = Array.from({ length: 10 }, (_, index) => ({ ...(index === 1 ? older : run), id: `run-${index}` }));
    const counted = { ...run, id: 'counted', dryRun: true, requestedBy: 'another' };
    await page.route(API, (route) => route.fulfill({ json: { success: true, data: [...runs, counted] } }));
    await page.reload();

    await page.getByRole('heading', { name: 'Last 11 runs' }).waitFor();
    const texts = await page.getByRole('list', { name: 'Last runs' }).getByRole('listitem').allInnerTexts();
    const panel = await page.getByRole('region', { name: 'What would be deleted now' }).textContent();
    expect(texts[0]).toContain('1.219 of 52.113 sessions were deleted.');
    expect([texts[0], panel].map((text) => text?.includes('204 expired, 1.000 idle, 12 inactive, 3 orphaned'))).toEqual(
      [true, true],
    );
    expect(texts[1]).toContain('1.204 expired or idle, 12 inactive, 3 orphaned');
    await page.getByRole('button', { name: 'Show all 11' }).click();
    expect(await page.getByRole('list', { name: 'Last runs' }).getByRole('listitem').count()).toBe(11);
    await page.unroute(API);
  });

  test('sees that a dry run is at work, and asks for it by the keyboard alone', async () => {
    const { page } = await openCleanups();
    const running = { id: 'slow', state: 'running', dryRun: true, requestedBy: 'another', startedAt: new Date() };
    // Not before it was asked for: the page asks again and again, also while a test is about to press the button.
    let runs: object[] = [];
    await page.route(API, (route) => {
      if (route.request().method() === 'POST') runs = [running];
      return route.fulfill({ json: { success: true, data: route.request().method() === 'POST' ? running : runs } });
    });

    await page.getByRole('button', { name: DRY_RUN }).focus();
    await page.keyboard.press('Enter');

    await page.getByRole('progressbar', { name: 'Dry run at work…' }).waitFor();
    const button = page.getByRole('button', { name: 'Dry run at work…' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.unroute(API);
  });

  test.each([
    ['could read nothing', 'failed', 'The sessions table could not be read.', 'cleanup-failed'],
    ['could not read all', 'failed', 'A part of the sessions table could not be read.', 'cleanup-failed'],
    ['could not delete all', 'failed', '3 ended sessions could not be deleted.', 'cleanup-failed'],
    ['died', 'running', 'It crashed, or never began.', 'cleanup-missing'],
  ])('sees why a run failed that %s, and follows a link to what to do', async (_, state, sentence, heading) => {
    const database = localClient(theStack().databaseEndpoint);
    const startedAt = Date.now() + 1;
    const Item = {
      kind: { S: 'cleanup' },
      slot: { S: new Date(startedAt).toISOString() },
      id: { S: sentence },
      state: { S: state },
      dryRun: { BOOL: false },
      startedAt: { N: String(startedAt) },
      deadline: { N: String(startedAt) },
      ...(state === 'failed' && { failure: { S: sentence }, finishedAt: { N: String(startedAt + 65_000) } }),
    };
    await database.send(new PutItemCommand({ TableName: cleanupRunsTable(), Item }));
    database.destroy();

    const { page, complaints } = await openCleanups();

    const card = firstCard(page);
    await card.getByText(sentence).waitFor();
    expect(await card.textContent()).toContain(state === 'failed' ? 'Took1 min 5 s' : 'Did not finish');
    // The log of a local run is in its own terminal.
    expect(await card.getByRole('link').allTextContents()).toEqual(['What to do']);
    await card.getByRole('link', { name: 'What to do' }).click();
    const section = page.getByRole('heading', { level: 2, name: heading, exact: true });
    await section.waitFor();
    expect(await section.evaluate((element) => element.matches(':target'))).toBe(true);
    await page.goBack();
    await card.getByText(sentence).waitFor();
    expect(complaints).toEqual([]);
  });

  test('is told when there was none, when it cannot be shown, and when the dry run did not start', async () => {
    const { page, context } = await openCleanups();
    await page.route(API, (route) => route.fulfill({ json: { success: true, data: [] } }));
    await page.reload();
    await notice(page, 'No cleanup has run yet').waitFor();

    // What a test answers reaches the page offline too, which would then be online again.
    await page.unroute(API);
    await context.setOffline(true);
    await notice(page, 'You’re offline').waitFor();
    await page.getByRole('button', { name: DRY_RUN }).click();
    await page
      .getByRole('alert')
      .getByText(/^Not started/)
      .waitFor();
    await context.setOffline(false);

    const failing = { success: false, error: { code: 'INTERNAL_SERVER_ERROR', message: 'No.' }, timestamp: '' };
    await page.route(API, (route) => route.fulfill({ status: 500, json: failing }));
    await page.reload();
    await notice(page, 'The cleanups can’t be shown right now').waitFor();
    await page.unroute(API);
  });
});

inBrowser('Who is no admin', () => {
  test('is told that they can’t see the cleanups, and gets back to their sessions', async () => {
    const { page } = await openConsole({}, '#/cleanups');
    const answered = page.waitForResponse(API);
    await page.getByLabel('Username').fill(newName());
    await page.getByRole('button', { name: 'Sign in' }).click();

    await notice(page, 'You can’t see the cleanups').waitFor();
    expect((await answered).status()).toBe(403);
    expect(await page.getByRole('button', { name: DRY_RUN }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Cleanups' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Your own sessions' }).click();
    await untilSessions(page, 1);
  });
});
