import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtConsole } from '../../local/console';
import type { LocalStack } from '../../local/stack';
import { startStack } from '../support/stack';

const SECRET = 'not to be served';

let root: string;
let stack: LocalStack;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'static-files-'));
  const folder = join(root, 'site');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(root, 'secret.json'), SECRET);
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'a-1.js'), 'export {};');
  stack = await startStack({ console: folder });
});
afterAll(async () => {
  await stack.close();
  rmSync(root, { recursive: true });
});

const readText = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
/** With the path as it is: fetch would settle its dots itself. */
const getRaw = (path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(stack.url);
    const outgoing = request({ hostname, port, path }, async (response) => {
      resolve({ status: response.statusCode, body: Buffer.concat(await response.toArray()).toString() });
    });
    outgoing.on('error', reject).end();
  });
const get = (path: string, options?: RequestInit) => fetch(`${stack.url}${path}`, options);

describe('The local run with a console', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/?code=1', 'text/html; charset=utf-8', 'no-cache'],
    ['/assets/a-1.js', 'text/javascript; charset=utf-8', 'max-age=31536000, immutable'],
    ['/config.json', 'application/json', 'no-cache'],
  ])('serves %s with its type, and for as long as it stays', async (path, type, caching) => {
    const response = await get(path);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe(caching);
  });

  test('tells the page where the API is, and who is an admin', async () => {
    expect(await (await get('/config.json')).json()).toEqual({ apiUrl: '/dev/', adminGroup: 'admin' });
  });

  test('lets the page load files of its own only, and no other page frame it', async () => {
    const { headers } = await get('/');

    const policy = headers.get('content-security-policy') ?? '';
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|\*|http|data:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/assets/..%2f..%2fsecret.json',
    '//secret.json',
    '/..\\secret.json',
    '/secret.json',
    '/assets',
    '/assets/',
  ])('serves nothing for %s', async (path) => {
    const { status, body } = await getRaw(path);

    expect(status).toBe(403);
    expect(body).not.toContain(SECRET);
  });

  test('answers a HEAD without a body, and no other method', async () => {
    const head = await get('/', { method: 'HEAD' });
    const post = await get('/', { method: 'POST' });

    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '15']);
    expect(post.status).toBe(403);
  });

  test('still serves the API and what is local', async () => {
    expect((await get('/_local/health')).status).toBe(200);
    expect((await get('/dev/logout', { method: 'POST' })).status).toBe(401);
  });
});

describe('The built console', () => {
  test('weighs at most 25 KB compressed', async () => {
    const folder = builtConsole();

    const html = readText(folder, 'index.html');
    const referred = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path]) => path ?? '');
    const bytes = ['index.html', ...referred].map((path) => gzipSync(readText(folder, path)).length);

    expect(referred.length).toBeGreaterThanOrEqual(3);
    expect(bytes.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(25_000);
  });

  test('has no script and no style in its page, which its policy would refuse', async () => {
    const html = readText(builtConsole(), 'index.html');

    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
  });
});
