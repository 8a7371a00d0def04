import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../local/assembly';
import { builtConsole } from '../../local/console';
import { currentAssembly } from '../../local/own-part';
import { hashInputs, isMadeFrom, writeStamp } from '../../local/synthesized-state';

const CACHE = join(ROOT, 'node_modules', '.cache', 'session-backend');
/** Of so many states of the sources, what was made from them is kept. */
const KEPT = 4;

/** What `tidy-up.ts` ends and removes. */
export interface SetUp {
  readonly folders: readonly string[];
  readonly synthesizer?: ChildProcess;
}

/**
 * Synthesizes the stack once for all tests, which find it by `SYNTHESIZED`, and builds the console: no test builds it
 * while another reads it. What was synthesized from the same sources by an earlier run is used again.
 * `SYNTHESIZED=FOLDER` names a stack that is there already, or any folder for suites that need none: they start at once.
 */
export default async function setUp(): Promise<void> {
  // The CDK's own check of a template takes longer than its synthesis. `npm run check:templates` does it once per shape.
  process.env.CDK_VALIDATION = 'false';
  // Everything that the tests write, in one folder that goes when they have ended.
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'session-backend-'));
  mkdirSync(CACHE, { recursive: true });
  process.env.PROGRAMS = mkdtempSync(join(CACHE, 'programs-'));
  const folders = [process.env.TMPDIR, process.env.PROGRAMS];
  const synthesizer = process.env.SYNTHESIZED ? undefined : await synthesizeAll();
  Object.assign(globalThis, { setUp: { folders, synthesizer } satisfies SetUp });
}

async function synthesizeAll(): Promise<ChildProcess> {
  const inputs = hashInputs(ROOT);
  const folder = join(CACHE, `stacks-${inputs.slice(0, 16)}`);
  mkdirSync(folder, { recursive: true });
  utimesSync(folder, new Date(), new Date());
  forgetOlder();
  process.env.STAGES = folder;
  process.env.SYNTHESIZED = join(folder, 'synthesized');
  const synthesizer = await startSynthesizer();
  await Promise.all([
    isMadeFrom(inputs, process.env.SYNTHESIZED) || synthesizeOnce(inputs, process.env.SYNTHESIZED),
    builtConsole(),
  ]);
  // What the commands read. Two of them at once could not make it: the CDK synthesizes into a folder once at a time.
  await currentAssembly();
  return synthesizer;
}

/** What stands there is whole: an interrupted synthesis leaves nothing, and two at once do no harm. */
async function synthesizeOnce(inputs: string, folder: string): Promise<void> {
  const made = mkdtempSync(`${folder}-`);
  // The stage `dev` as the project comes, whatever the team's cdk.json says of it.
  const stage = { folder: made, configuration: {}, name: 'dev', bundled: true, stackName: 'aerotage-sessions-dev' };
  const answer = await fetch(process.env.SYNTHESIZER ?? '', { method: 'POST', body: JSON.stringify(stage) });
  if (!answer.ok) throw new Error(`The stack could not be synthesized: ${await answer.text()}`);
  writeStamp(inputs, made);
  if (existsSync(folder) && !isMadeFrom(inputs, folder)) rmSync(folder, { recursive: true });
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!isMadeFrom(inputs, folder)) throw error;
    rmSync(made, { recursive: true });
  }
}

function forgetOlder(): void {
  const folders = readdirSync(CACHE).map((name) => join(CACHE, name));
  const age = (folder: string) => Date.now() - statSync(folder).mtimeMs;
  const stacks = folders.filter((folder) => folder.includes('stacks-')).sort((a, b) => age(a) - age(b));
  for (const folder of stacks.slice(KEPT)) rmSync(folder, { recursive: true, force: true });
}

async function startSynthesizer(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'synthesizer.ts')], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [address] = await once(child.stdout, 'data');
  process.env.SYNTHESIZER = String(address).trim();
  return child;
}
