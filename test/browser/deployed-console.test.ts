import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { builtConsole } from '../../local/console';
import { type DeployedConsole, deployedConsole } from '../support/deployed-console';
import {
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
import { standInForSignInPage } from './sign-in-page';

setUpBrowser();

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Serves the page and the API at the addresses, and with the headers, that the stage gives them. */
async function deploy(context: BrowserContext, { origin, headers, config }: DeployedConsole): Promise<void> {
  const folder = builtConsole();
  await context.route(`${origin}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/config.json') return route.fulfill({ headers, json: config });
    const file = join(folder, pathname === '/' ? 'index.html' : pathname);
    return route.fulfill({
      headers: { ...headers, 'content-type': TYPES[extname(file)] ?? '' },
      body: readFileSync(file),
    });
  });
  await context.route(`${new URL(config.apiUrl).origin}/**`, async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const { authorization = '', 'content-type': type, 'user-agent': userAgent = '' } = await request.allHeaders();
    const answer = await fetch(`${theStack().url}${pathname}${search}`, {
      method: request.method(),
      headers: { authorization, 'user-agent': userAgent, ...(type && { 'content-type': type }) },
      body: request.postData() ?? undefined,
    });
    const body = Buffer.from(await answer.arrayBuffer());
    return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body });
  });
}

/** The deployed page, where somebody has signed in who has another session. @param other how that one was opened */
async function signedIn(other: Parameters<typeof signIn>[1]) {
  const site = deployedConsole({ console: {} }, 'dev');
  const name = newName();
  await signIn(name, other);
  const { page, context, complaints } = await openConsole();
  await deploy(context, site);
  await standInForSignInPage(context, site.config.cognito.domain, theStack().url, name);
  await page.goto(`${site.origin}/`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await untilSessions(page, 2);
  return { site, page, complaints };
}

inBrowser('The console under the policy that it is deployed with', () => {
  test('signs in, lists and ends sessions without a complaint in the browser', async () => {
    const { site, page, complaints } = await signedIn({ userAgent: SAFARI });
    const card = cardOf(page, 'Safari on iOS');
    await card.getByRole('button', { name: 'End session of Safari on iOS' }).click();
    await card.getByRole('button', { name: 'End session', exact: true }).click();
    await untilSessions(page, 1);

    expect(new URL(page.url()).origin).toBe(site.origin);
    expect(complaints).toEqual([]);
  });

  test('leads from a cleanup that failed to what to do, and to what the run logged', async () => {
    const { site, page, complaints } = await signedIn({ asAdmin: true });
    const [startedAt, finishedAt] = ['2026-11-24T06:00:00.000Z', '2026-11-24T06:05:00.000Z'];
    const failure = 'The sessions table could not be read.';
    const run = { id: 'failed', state: 'failed', dryRun: false, startedAt, finishedAt, failure };
    await page.route('**/dev/cleanups*', (route) => route.fulfill({ json: { success: true, data: [run] } }));
    await page.goto(`${site.origin}/#/cleanups`);

    const log = page.getByRole('link', { name: 'The log of this run' });
    await log.waitFor();
    expect(site.config.cleanupLog.group).toBe('/aws/lambda/aerotage-sessioncleanup-dev');
    const window = `start$3D${Date.parse(startedAt)}$26end$3D${Date.parse(finishedAt) + 60_000}`;
    for (const [region, host] of [
      [site.config.cleanupLog.region, 'aws.amazon.com'],
      ['cn-north-1', 'amazonaws.cn'],
      ['us-gov-west-1', 'amazonaws-us-gov.com'],
    ]) {
      site.config.cleanupLog.region = region;
      await page.reload();
      await log.waitFor();
      expect(await log.getAttribute('href')).toBe(
        `https://${region}.console.${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/$252Faws$252Flambda$252Faerotage-sessioncleanup-dev/log-events$3F${window}`,
      );
    }
    await page.getByRole('link', { name: 'What to do' }).click();
    await page.getByRole('heading', { level: 2, name: 'cleanup-failed', exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('reaches no other origin, runs nothing that is not its own, and lets no code make an exception', async () => {
    const site = deployedConsole({ console: {} }, 'dev');
    const { page, context } = await openConsole();
    await deploy(context, site);
    const reached: string[] = [];
    await context.route('https://elsewhere.example/**', (route) => {
      reached.push(route.request().url());
      return route.fulfill({ headers: { 'access-control-allow-origin': '*' }, body: '' });
    });
    await page.goto(`${site.origin}/`);

    const outcome = await page.evaluate(async () => {
      const refusalOf = (error: Error) => error.name;
      const fetched = await fetch('https://elsewhere.example/').catch(refusalOf);
      const script = await (async () => {
        document.createElement('script').textContent = 'globalThis.ran = true';
      })().catch(refusalOf);
      const policy = await (async () => {
        (globalThis as any).trustedTypes.createPolicy('anything', { createHTML: (text: string) => text });
      })().catch(refusalOf);
      return { fetched, script, policy };
    });

    expect(outcome).toEqual({ fetched: 'TypeError', script: 'TypeError', policy: 'TypeError' });
    expect(reached).toEqual([]);
  });
});
