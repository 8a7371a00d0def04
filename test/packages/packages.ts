import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readFlags, runCommand } from '../../command/command';
import { Problem } from '../../command/problem';
import { devDependencies } from '../../package.json';
import { freePort } from '../support/free-port';

const ROOT = join(__dirname, '..', '..');
const USAGE = `Usage: npm run test:packages
  Packs both packages and uses them as somebody would who has nothing else: in a CDK app and in a Vite app.`;
const READY_WITHIN_MS = 300_000;
const strict = { target: 'ES2022', strict: true, noEmit: true };

type Known = keyof typeof devDependencies;
const at = (...names: Known[]) => names.map((name) => `${name}@${devDependencies[name]}`);

/** A CDK app with a user pool of its own, and the backend in five lines. */
const APP = `import { App, Stack, Validations } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AwsSolutionsChecks } from 'cdk-nag';
import { SessionBackend } from 'session-backend';

const app = new App();
if (process.env.CHECKS) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const stack = new Stack(app, 'Team');
const userPool = new UserPool(stack, 'People');
for (const id of ['AwsSolutions-COG1', 'AwsSolutions-COG2', 'AwsSolutions-COG3', 'AwsSolutions-COG8']) {
  Validations.of(userPool).acknowledge({ id, reason: 'The pool is not what is checked.' });
}
new SessionBackend(stack, 'Sessions', {
  app: 'acme',
  stage: 'prod',
  userPool,
  clients: [userPool.addClient('Web')],
});
`;

/** What a server of theirs says of tokens. It is an ES module, and the app is none: both can use the package. */
const SERVER = `import { createSessionGuard, expressGuard, lambdaGuard, Refusal } from 'session-backend/guard';

const guard = createSessionGuard();
export const middleware = expressGuard(guard);
export const handler = lambdaGuard(guard)(async (_event, caller) => ({ statusCode: 200, body: caller.userId }));
for (const token of process.argv.slice(2)) {
  const said = guard.check(token).then(
    () => 'passes',
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  );
  console.log(await said);
}
`;

/** Two devices of one person, of which one ends the other. */
const PAGE = `import { createSessionClient, SessionEndedError } from 'session-backend-client';

export async function endsAnother(apiUrl: string, tokens: readonly [string, string]): Promise<boolean> {
  const [laptop, phone] = tokens.map((token) => createSessionClient({ baseUrl: apiUrl, token: async () => token }));
  if (!laptop || !phone) return false;
  const ended = await laptop.register({ userAgent: 'laptop' });
  await phone.register({ userAgent: 'phone' });
  await phone.end(ended.id);
  return laptop.list().then(
    () => false,
    (error: unknown) => error instanceof SessionEndedError,
  );
}
`;

/** `npm run test:packages` */
runCommand(async () => {
  readFlags(USAGE, {});
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-packages-'));
  let running: ChildProcess | undefined;
  try {
    step('Packing', () => npm(ROOT, 'run', '-s', 'pack'));
    const [backend, client] = [tarball('session-backend-0'), tarball('session-backend-client-0')];
    const app = join(folder, 'app');
    write(app, {
      'package.json': '{"private":true}',
      'bin/app.ts': APP,
      'bin/server.mts': SERVER,
      'cdk.json': '{}',
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...strict, module: 'nodenext', types: ['node'] } }),
    });
    step('Installing session-backend in an empty CDK app', () =>
      npm(app, 'install', backend, ...at('aws-cdk-lib', 'constructs', 'cdk-nag', 'tsx', 'typescript', '@types/node')),
    );
    step('Compiling the app', () => run(app, 'typescript/bin/tsc'));
    step('Synthesizing it with cdk-nag', () =>
      run(app, 'tsx/dist/cli.mjs', ['bin/app.ts'], { CDK_OUTDIR: 'cdk.out', CHECKS: '1' }),
    );
    step('Checking the template with cfn-lint', () =>
      execFileSync('cfn-lint', ['--template', join(app, 'cdk.out', 'Team.template.json'), '--ignore-checks', 'W3005'], {
        stdio: 'pipe',
      }),
    );
    const port = await freePort();
    const databasePort = await freePort();
    const env = { PORT: String(port), DYNAMODB_PORT: String(databasePort), npm_execpath: undefined };
    const program = join(app, 'node_modules', 'session-backend', 'bin', 'session-backend.js');
    console.log('Running it here ...');
    running = spawn(process.execPath, [program, 'start', '--memory', '--app', 'npx tsx bin/app.ts'], {
      cwd: app,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    await ready(url, running);
    step('Checking its contract', () => run(app, 'session-backend/bin/session-backend.js', ['smoke'], env));

    const page = join(folder, 'page');
    write(page, {
      'package.json': '{"private":true,"type":"module"}',
      'index.html': '<!doctype html><script type="module" src="/src/main.ts"></script>',
      'src/main.ts': `import { endsAnother } from './ends';\nObject.assign(window, { endsAnother });\n`,
      'src/ends.ts': PAGE,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...strict,
          lib: ['ES2020', 'DOM'],
          module: 'esnext',
          moduleResolution: 'bundler',
          erasableSyntaxOnly: true,
          exactOptionalPropertyTypes: true,
          types: [],
        },
        include: ['src'],
      }),
      'tsconfig.node.json': JSON.stringify({
        extends: './tsconfig.json',
        compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext' },
        include: ['src/ends.ts'],
      }),
    });
    step('Installing session-backend-client in an empty Vite app', () =>
      npm(page, 'install', client, ...at('vite', 'typescript')),
    );
    step('Compiling the page', () => run(page, 'typescript/bin/tsc'));
    step('Compiling its part for Node.js', () => run(page, 'typescript/bin/tsc', ['-p', 'tsconfig.node.json']));
    step('Building the page', () => run(page, 'vite/bin/vite.js', ['build']));
    step('Building what it does for Node.js', () =>
      run(page, 'vite/bin/vite.js', ['build', '--ssr', 'src/ends.ts', '--outDir', 'server']),
    );
    const tokens = [await signIn(url), await signIn(url)] as const;
    const [built = ''] = readdirSync(join(page, 'server'));
    const script = `import { endsAnother } from './server/${built}';
      process.exit((await endsAnother(${JSON.stringify(`${url}/prod`)}, ${JSON.stringify(tokens)})) ? 0 : 1);`;
    writeFileSync(join(page, 'ends.mjs'), script);
    step('Ending another session with it', () =>
      execFileSync(process.execPath, ['ends.mjs'], { cwd: page, stdio: 'pipe' }),
    );
    step('Checking its session with a guard', () => {
      const [ended, live] = tokens;
      const said = run(app, 'tsx/dist/cli.mjs', ['bin/server.mts', live, ended], guardOf(live, databasePort));
      if (said.trim() !== 'passes\nSESSION_ENDED') throw new Problem(`It says ${said}`);
    });
    const ended = ['end-sessions', '--user', 'ada', '--dry-run'];
    step('Finding a user’s sessions', () => run(app, 'session-backend/bin/session-backend.js', ended, env));
    // No run is there: the command opens the table of the app that was synthesized last.
    step('Cleaning up on its own', () =>
      run(app, 'session-backend/bin/session-backend.js', ['cleanup', '--dry-run'], { DYNAMODB_PORT: '0' }),
    );
    console.log('Both packages do what they promise.');
  } finally {
    running?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});

function step(name: string, does: () => unknown): void {
  console.log(`${name} ...`);
  try {
    does();
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Problem(`${name} failed: ${`${stdout}${stderr}`.trim() || message}`);
  }
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function tarball(begins: string): string {
  const name = readdirSync(join(ROOT, 'dist')).find((one) => one.startsWith(begins) && one.endsWith('.tgz'));
  if (!name) throw new Problem(`npm run pack made no ${begins}….tgz.`);
  return join(ROOT, 'dist', name);
}

function npm(cwd: string, ...parameters: string[]): void {
  const flags = parameters[0] === 'install' ? ['--prefer-offline', '--no-audit', '--no-fund'] : [];
  execFileSync('npm', [...parameters, ...flags], { cwd, stdio: 'pipe', shell: process.platform === 'win32' });
}

/** Runs a program of the folder's packages. @returns what it says */
function run(cwd: string, program: string, parameters: string[] = [], env: NodeJS.ProcessEnv = {}): string {
  const all = [join(cwd, 'node_modules', program), ...parameters];
  return execFileSync(process.execPath, all, { cwd, env: { ...process.env, ...env }, stdio: 'pipe', encoding: 'utf8' });
}

/** A guard's environment, as `grantGuard` sets it on a function, with the local run's issuer and database. */
function guardOf(token: string, databasePort: number): NodeJS.ProcessEnv {
  const { iss, aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return {
    AWS_REGION: 'us-east-1',
    // The local database looks up no role for it.
    AWS_ACCESS_KEY_ID: 'newcomer',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${databasePort}`,
    SESSIONS_TABLE: 'acme-user-sessions-prod',
    SIGN_INS_TABLE: 'acme-sign-ins-prod',
    USER_INDEX: 'UserIndex',
    SIGN_IN_DAYS: '30',
    MAX_AGE_DAYS: '30',
    TOKEN_ISSUER: iss,
    TOKEN_CLIENT_IDS: aud,
    ADMIN_GROUP: 'admin',
    ACCEPT_UNNAMED_SIGN_INS: 'true',
    OPENID_PROVIDERS: '[]',
  };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; ) {
    if (child.exitCode !== null) throw new Problem(`The local run ended with ${child.exitCode}.`);
    const health = await fetch(`${url}/_local/health`).catch(() => undefined);
    if (health?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Problem('The local run is not ready after five minutes.');
}

async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/_local/sign-in`, { method: 'POST', body: '{"username":"ada"}' });
  const { idToken } = (await answer.json()) as { idToken: string };
  return idToken;
}
