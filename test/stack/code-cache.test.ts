import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readAssembly } from '../../local/assembly';
import { Device } from '../support/api';
import { type BundleRun, runBundle, synthesizedFunction } from '../support/bundle';
import { changedAssembly, startStack } from '../support/stack';

const node = (...parameters: string[]) => promisify(execFile)(process.execPath, parameters);
/** As the stack's bundling does it, with this Node.js in place of Lambda's. */
const makeCache = (folder: string, architecture: string = process.arch) =>
  node('--hash-seed=1', join(__dirname, '..', '..', 'lib', 'code-cache.cjs'), folder, architecture);

const NOT_USED = /The code cache does not fit/;

/** Of Lambda's log lines, the least important first. A function keeps its own and the more important ones. */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

describe('A code cache', () => {
  const folders: string[] = [];
  const { properties, folder: asset } = synthesizedFunction('listsessions');

  function bundle(): string {
    const folder = mkdtempSync(join(tmpdir(), 'session-backend-bundle-'));
    folders.push(folder);
    cpSync(asset, folder, { recursive: true });
    return folder;
  }
  const cacheIn = (folder: string) => join(folder, `bundle.${process.arch}.cache`);

  /** Calls the bundle as if there were no authorizer. */
  function run(folder: string, ...flags: string[]): Promise<BundleRun> {
    const event = { httpMethod: 'GET', resource: '/', headers: {}, requestContext: { requestId: 'one', identity: {} } };
    const env = { ...properties.Environment.Variables, AWS_REGION: 'us-east-1' };
    return runBundle(folder, event, { env, flags });
  }

  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('fits all functions of a stack, which does what it did without', async () => {
    const assembly = changedAssembly(() => undefined);
    folders.push(assembly);
    const assets = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    for (const asset of assets) await makeCache(join(assembly, asset));
    const lines: string[] = [];
    const stack = await startStack({ assembly: readAssembly(assembly), lazy: false, log: (line) => lines.push(line) });
    try {
      const laptop = await Device.register(stack, 'ada');
      const phone = await Device.register(stack, 'ada');
      expect((await phone.list()).body.data).toHaveLength(2);
      expect((await phone.end(laptop.signInId)).status).toBe(200);
      expect((await laptop.list()).status).toBe(401);
      expect((await phone.logOut()).body.data).toMatchObject({ sessionId: phone.signInId });
    } finally {
      await stack.close();
    }
    expect(assets.length).toBeGreaterThan(5);
    expect(lines.filter((line) => NOT_USED.test(line))).toEqual([]);
  });

  it('is the same, byte for byte, when it is made again: nothing to deploy', async () => {
    const [first, second] = [bundle(), bundle()];
    await makeCache(first);
    await makeCache(second);
    expect(readFileSync(cacheIn(second)).equals(readFileSync(cacheIn(first)))).toBe(true);
  });

  it('leaves stack traces as they are, in the bundle’s own file', async () => {
    const folder = bundle();
    await makeCache(folder);
    const { answer, logged } = await run(folder);
    expect(answer.statusCode).toBe(500);
    expect(logged).toMatch(/The request carries no caller.*at .*\/bundle\.js:\d+:\d+/);
    expect(logged).not.toMatch(NOT_USED);
  });

  it.each<[string, (folder: string) => void, string[]]>([
    ['was made with other flags', () => undefined, ['--expose-gc']],
    ['is not there', (folder) => rmSync(cacheIn(folder)), []],
    ['is another processor’s', (folder) => renameSync(cacheIn(folder), join(folder, 'bundle.other.cache')), []],
  ])('that %s is passed by, and the log says so at a level that is kept', async (_, change, flags) => {
    const folder = bundle();
    await makeCache(folder);
    change(folder);
    const { answer, logged } = await run(folder, ...flags);
    expect(answer.statusCode).toBe(500);
    const line = logged.split('\n').find((text) => NOT_USED.test(text)) ?? '';
    const { ApplicationLogLevel = 'INFO' } = properties.LoggingConfig;
    expect(LEVELS.indexOf(JSON.parse(line).level)).toBeGreaterThanOrEqual(LEVELS.indexOf(ApplicationLogLevel));
  });

  it('is not made by a Node.js of another processor', async () => {
    const folder = bundle();
    await expect(makeCache(folder, 'other')).rejects.toThrow(/CODE_CACHE_NODE/);
    expect(readdirSync(folder)).toEqual(['index.js']);
  });
});
