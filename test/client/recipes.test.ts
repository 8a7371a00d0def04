import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type Answer, type Received, scriptedServer, sessionEnded, success, TOKEN, USER_PATH } from './scripted-api';

const ROOT = join(__dirname, '..', '..');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'recipes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The blocks of a page of the docs, in one language. */
const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, found, code = '']) => (found === language ? [code] : []),
  );

const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

/** What the examples expect of the page that they stand in. */
const PAGE = `
declare const accessToken: string;
declare function showSignIn(options: { prompt: string | undefined }): void;
declare function forgetTokens(): void;
declare function showSessions(sessions: readonly import('./client').Session[]): void;
declare function showCount(count: number): void;
declare function showProblem(text: string): void;
declare const page: { readonly signal: AbortSignal };
interface ImportMeta { readonly env: Readonly<Record<string, string>> }
`;
/** As much of Amplify as the examples use. */
const AMPLIFY = {
  'auth.d.ts': `
export function fetchAuthSession(): Promise<{ tokens?: { accessToken: { toString(): string } } }>;
export function signOut(): Promise<void>;
export function signInWithRedirect(input?: { options?: { prompt?: 'NONE' | 'LOGIN' | 'CONSENT' | 'SELECT_ACCOUNT' } }): Promise<void>;`,
  'auth.js': `
export const fetchAuthSession = async () => ({ tokens: { accessToken: '${TOKEN}' } });
export const signOut = async () => say('signOut');
export const signInWithRedirect = async (input) => say('signInWithRedirect', input);`,
  'utils.d.ts': `
export const Hub: { listen(channel: string, listener: (message: { payload: { event: string } }) => void): () => void };`,
  'utils.js': `
export const Hub = { listen: (channel, listener) => { globalThis.hub = listener; } };`,
};

/** Modules: an example without imports goes on from the one before. */
const modules: string[] = [];
for (const block of blocksOf('client.md', 'ts')) {
  if (block.startsWith('import')) modules.push(block);
  else modules[modules.length - 1] += `\n${block}`;
}

beforeAll(() => {
  symlinkSync(join(ROOT, 'client'), join(folder, 'client'));
  const amplify = join('node_modules', 'aws-amplify');
  mkdirSync(join(folder, amplify), { recursive: true });
  write(join(amplify, 'package.json'), JSON.stringify({ name: 'aws-amplify', type: 'module' }));
  for (const [file, text] of Object.entries(AMPLIFY)) write(join(amplify, file), text);
  write('page.d.ts', PAGE);
  for (const [index, code] of modules.entries()) write(`example-${index}.ts`, code);
});

/** Runs an example in a process of its own. @returns what its page was told, and what it said on its own account */
async function runExample(index: number, apiUrl: string, before: string, after: string): Promise<unknown[]> {
  const code = (modules[index] ?? '').replace(/https:\/\/…[^']*/g, apiUrl);
  write(`run-${index}.ts`, `${code}\n${after}`);
  const outfile = join(folder, `run-${index}.mjs`);
  await build({
    absWorkingDir: folder,
    entryPoints: [`run-${index}.ts`],
    bundle: true,
    preserveSymlinks: true,
    format: 'esm',
    platform: 'node',
    outfile,
    define: { 'import.meta.env.VITE_SESSIONS_API': JSON.stringify(apiUrl) },
    banner: { js: `const say = (...words) => console.log(JSON.stringify(words));\n${before}` },
  });
  const { stdout } = await run(process.execPath, [outfile], { timeout: 60_000 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('The examples of docs/client.md', () => {
  test('compile', async () => {
    const options = { strict: true, noEmit: true, target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler' };
    const compilerOptions = { ...options, lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [], preserveSymlinks: true };
    write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['page.d.ts', 'example-*.ts'] }));

    const outcome = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', folder]).catch((error) => error);

    expect(`${outcome.stdout}${outcome.stderr}`).toBe('');
  });

  test('run: a page with its own sign-in', async () => {
    const session = (id: string, isCurrent: boolean) => ({ id, isCurrent });
    const sessions = [session('here', true), session('there', false)];
    const answers: Record<string, Answer> = {
      [`POST ${USER_PATH}`]: success(sessions[0]),
      [`GET ${USER_PATH}`]: success(sessions),
      [`GET ${USER_PATH}?passive=true`]: success([]),
      [`DELETE ${USER_PATH}/there`]: success({ message: '' }),
      [`DELETE ${USER_PATH}`]: success({ message: '', deletedSessions: 1, sessionIds: ['there'] }),
      'POST /dev/logout': success({ message: '', sessionId: 'here' }),
    };
    const answer = ({ method, url }: Received) => answers[`${method} ${url}`] ?? { status: 500, body: '' };
    const api = await scriptedServer(...Array.from({ length: 20 }, () => answer));

    const said = await runExample(
      0,
      `${api.baseUrl}/`,
      `const accessToken = '${TOKEN}';
       const forgetTokens = () => say('forgetTokens');
       const localStorage = { removeItem: (key) => say('removed', key) };
       const showSignIn = (options) => say('showSignIn', options);
       const [showCount, showProblem] = [say, say];
       const page = new AbortController();
       let seen;
       const seenFirst = new Promise((resolve) => { seen = resolve; });
       const showSessions = (sessions) => { say('sessions', sessions); seen(); };`,
      'await (seenFirst as any); stop();',
    );
    await api.close();

    expect(said).toEqual([['forgetTokens'], ['removed', 'tokens'], ['forgetTokens'], ['sessions', []]]);
    expect(new Set(api.received.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(Object.keys(answers)));
  });

  test('run: a page with Amplify', async () => {
    const api = await scriptedServer(success({ id: 'here' }), sessionEnded('ended'), success({ message: '' }));

    const said = await runExample(
      1,
      api.baseUrl,
      `const location = { search: '?prompt=login', assign: (address) => say('go', address) };`,
      `const ended = await (async () => {
         (globalThis as any).hub({ payload: { event: 'signedIn' } });
         return sessions.list().catch((error) => error.reason);
       })();
       (globalThis as any).console.log(JSON.stringify([ended]));
       await signInThere();
       await signOutHere();`,
    );
    await api.close();

    expect(said).toEqual([
      ['signOut'],
      ['go', '/sign-in?prompt=login'],
      ['ended'],
      ['signInWithRedirect', { options: { prompt: 'LOGIN' } }],
      ['signOut'],
    ]);
    expect(api.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${USER_PATH}`,
      `GET ${USER_PATH}`,
      'POST /dev/logout',
    ]);
  });
});

describe('The logOut() of docs/migration.md', () => {
  const [code = ''] = blocksOf('migration.md', 'js');
  const warn = jest.fn();
  afterEach(() => warn.mockReset());

  /** @returns what was done on the device, in that order */
  async function logOut(api: string, signOut: () => Promise<void>): Promise<string[]> {
    const done: string[] = [];
    const own = new Function('api', 'token', 'signOut', 'storage', 'console', `${code}\nreturn logOut();`);
    const storage = { clear: () => void done.push('cleared') };
    const signOutThere = () => signOut().finally(() => done.push('signed out'));
    await own(api, TOKEN, signOutThere, storage, { warn });
    return done;
  }

  test.each(['', '/'])('posts to the API, given the address with "%s" at its end', async (end) => {
    const api = await scriptedServer(success({ message: '' }));

    const done = await logOut(`${api.baseUrl}${end}`, async () => undefined);
    await api.close();

    expect(done).toEqual(['signed out', 'cleared']);
    expect(api.received).toMatchObject([{ method: 'POST', url: '/dev/logout', body: {} }]);
    expect(warn).not.toHaveBeenCalled();
  });

  test('clears the device and says what failed, whatever fails', async () => {
    const api = await scriptedServer({ status: 403, body: { message: 'Forbidden' } }, 'cut');
    const offline = () => Promise.reject(new Error('offline'));

    const done = [await logOut(api.baseUrl, offline), await logOut(api.baseUrl, offline)];
    await api.close();

    expect(done.flat()).toEqual(['signed out', 'cleared', 'signed out', 'cleared']);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      'The session was not ended: 403 {"message":"Forbidden"}',
      'The refresh token was not revoked.',
      'The session was not ended. It ends when it is idle.',
      'The refresh token was not revoked.',
    ]);
  });
});
