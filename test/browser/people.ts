import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { builtConsole } from '../../local/console';
import type { LocalStack } from '../../local/stack';
import { startStack } from '../support/stack';
import { CHROMIUM_FLAGS, findChromium } from './chromium';

export const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:156.0) Gecko/20100101 Firefox/156.0';
export const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1';
export const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36';

const LONGEST_WAIT_MS = 120_000;

const found = findChromium();

/** A describe that says in its name why it is skipped where there is no browser. */
export function inBrowser(name: string, define: () => void): void {
  if ('path' in found) describe(name, define);
  else describe.skip(`${name} (skipped: ${found.reason})`, define);
}

let stack: LocalStack;
let browser: Browser;
let contexts: BrowserContext[] = [];
let people = 0;

/** Starts the system and a browser for the tests of a file. */
export function setUpBrowser(): void {
  // Longer than a wait may take, so that it is the wait that says what did not come.
  jest.setTimeout(2 * LONGEST_WAIT_MS);
  if (!('path' in found)) return;
  const { path } = found;
  beforeAll(async () => {
    stack = await startStack({ console: builtConsole() });
    browser = await chromium.launch({ executablePath: path, args: CHROMIUM_FLAGS });
  });
  afterEach(async () => {
    const closing = contexts;
    contexts = [];
    // The page may ask while its test ends: an answer that then finds no page is no failure.
    const routed = closing.flatMap((context) => [context, ...context.pages()]);
    await Promise.all(routed.map((one) => one.unrouteAll({ behavior: 'ignoreErrors' })));
    await Promise.all(closing.map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });
}

export const theStack = (): LocalStack => stack;

/** A username that no other test has. */
export function newName(): string {
  people += 1;
  return `person-${people}`;
}

export interface Device {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of in its console, and what it threw. */
  readonly complaints: string[];
}

/**
 * The page asks again every few seconds, which no test has to wait for: here it does so after a twentieth. Its calls
 * have eight times as long as usual: a loaded machine is slow, not wrong.
 */
function scaleTimes(): void {
  const wait = window.setTimeout;
  const scaled = (ms = 0) => {
    if (ms === 5_000 || ms === 15_000) return ms * 8;
    return ms >= 4_000 && ms <= 60_000 ? ms / 20 : ms;
  };
  window.setTimeout = ((handler: TimerHandler, ms?: number, ...rest: unknown[]) =>
    wait(handler, scaled(ms), ...rest)) as typeof setTimeout;
}

/** A browser of its own, on the console. */
export async function openConsole(options: BrowserContextOptions = {}, path = ''): Promise<Device> {
  const context = await browser.newContext({ userAgent: FIREFOX, ...options });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  contexts.push(context);
  await context.addInitScript(scaleTimes);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${stack.url}/${path}`);
  return { page, context, complaints };
}

/** Signs in on the page as a person does. */
export async function signIn(
  username: string,
  { asAdmin = false, path = '', ...options }: BrowserContextOptions & { asAdmin?: boolean; path?: string } = {},
): Promise<Device> {
  const device = await openConsole(options, path);
  const { page } = device;
  await page.getByLabel('Username').fill(username);
  if (asAdmin) await page.getByLabel('Sign in as an administrator').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: /signed in|A user’s sessions|Cleanups/ }).waitFor();
  return device;
}

/** The card of a device, by its words. */
export const cardOf = (page: Page, device: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: device, exact: true }) });

/** Waits until the page shows so many sessions. */
export const untilSessions = (page: Page, count: number) =>
  page.waitForFunction((expected) => document.querySelectorAll('[data-session]').length === expected, count);

export const notice = (page: Page, text: string) => page.getByText(text, { exact: true });
