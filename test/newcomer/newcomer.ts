import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runCommand } from '../../command/command';
import { Problem } from '../../command/problem';
import { freePort } from '../support/free-port';
import { migratedStage, ROOT, TYPED, typedWalk, wrongAnswers } from './pages';

const run = promisify(execFile);
const LONGEST_MS = 900_000;

/** `npm run test:newcomer`: does on a fresh clone what the README, client, console and migration pages say. */
runCommand(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
  try {
    await firstHour(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`No stumble on Node.js ${process.versions.node}.`);
});

async function firstHour(folder: string): Promise<void> {
  const clone = join(folder, 'session-backend');
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_PATH$)/i.test(name));
  const env = {
    ...Object.fromEntries(own),
    PORT: String(await freePort()),
    DYNAMODB_PORT: String(await freePort()),
  };
  const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const type = async (command: string) => {
    say(command.split('\n')[0] ?? '');
    return run('bash', ['-c', command], { cwd: clone, env, timeout: LONGEST_MS, maxBuffer: 64 * 1024 * 1024 });
  };

  say('git clone');
  await run('git', ['clone', '--quiet', ROOT, clone]);
  const unready = await type('npm start -s').catch((error) => error);
  expectThat(unready.stderr === 'Error: The packages are not installed yet. Run npm ci first.\n', unready.stderr);
  await type('npm ci --prefer-offline --no-audit --no-fund');

  const first = start(clone, env);
  say('npm start');
  await first.until('Stop with Ctrl-C.');
  say('the walk');
  const { stdout } = await type(typedWalk(`http://127.0.0.1:${env.PORT}`, clone));
  const wrong = wrongAnswers(stdout, clone);
  expectThat(wrong.length === 0, JSON.stringify(wrong, null, 2));
  for (const command of TYPED) await type(command);
  await first.stop();
  expectThat(first.complaints() === '', first.complaints());

  const second = start(clone, env, '--', '--watch');
  say('npm start -- --watch');
  await second.until('Stop with Ctrl-C.');
  expectThat(!second.said().includes('Synthesizing'), `The second start synthesized again:\n${second.said()}`);
  appendFileSync(join(clone, 'lambda', 'logout.ts'), "\nconsole.log('changed');\n");
  await second.until('New code: aerotage-logout-dev');
  await second.stop();
  await type('git checkout lambda');

  await type('npx jest test/client/recipes.test.ts');
  const cdk = JSON.parse(readFileSync(join(clone, 'cdk.json'), 'utf8'));
  cdk.context.stages.prod = migratedStage(clone);
  writeFileSync(join(clone, 'cdk.json'), JSON.stringify(cdk, null, 2));
  await type('npx cdk synth --quiet -c stage=prod');
  cdk.context.stages.prod = { logDay: 30 };
  writeFileSync(join(clone, 'cdk.json'), JSON.stringify(cdk, null, 2));
  const refused = await type('npm run synth -s -- -c stage=prod').catch((error) => error);
  // The second line is the CDK's own, whatever a program says.
  expectThat(
    /^Error: Stage "prod": .*\(did you mean "logDays"\?\).*\n.*exited with error 1\n$/.test(refused.stderr),
    refused.stderr,
  );
  await type('git checkout cdk.json');
  const { stdout: changed } = await type('git status --short');
  expectThat(changed === '', `The commands left changes:\n${changed}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Problem(`A stumble: ${otherwise}`);
}

/** `npm start`, as a terminal has it. */
function start(cwd: string, env: NodeJS.ProcessEnv, ...flags: string[]) {
  const child: ChildProcess = spawn('npm', ['start', ...flags], { cwd, env, detached: true });
  // Its processes are a group of their own, which outlives this one unless it is ended here.
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const end = () => child.pid !== undefined && isRunning() && process.kill(-child.pid, 'SIGINT');
  process.once('exit', end);
  let [said, complained] = ['', ''];
  child.stdout?.on('data', (text) => {
    said += text;
  });
  child.stderr?.on('data', (text) => {
    complained += text;
  });
  return {
    said: () => said,
    complaints: () => complained,
    async until(text: string): Promise<void> {
      while (!said.includes(text)) {
        expectThat(child.exitCode === null, `npm start ended:\n${said}${complained}`);
        await sleep(50);
      }
    },
    /** As Ctrl-C does: every process of the terminal gets it. */
    async stop(): Promise<void> {
      if (end()) await once(child, 'close');
    },
  };
}
