import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { Problem } from '../../command/problem';
import type { Fault } from './fault';
import { suitesOf } from './faults';

export const ROOT = join(__dirname, '..', '..');
/** A fault that makes the suites go on for longer than this is noticed: they would never end. */
const MOST_MS = 3 * 60_000;
/** The same for all suites, on a busy machine. */
const MOST_MS_OF_ALL = 30 * 60_000;

export interface Verdict {
  readonly passed: boolean;
  /** Whether the suites came to their end. */
  readonly reported: boolean;
  /** The suites that failed, from the project's folder, or what else went wrong. */
  readonly failed: readonly string[];
}

/**
 * The fault in its file's text.
 * @throws an error that names the fault if its search text is not there exactly once, or makes no program
 */
export function textWith({ id, file, find, put }: Fault, text: string): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Problem(`${id}: its search text is ${times} times in ${file}; once is expected.\n${find}`);
  const changed = text.replace(find, () => put);
  if (changed === text) throw new Problem(`${id}: it changes nothing in ${file}.`);
  if (/\.m?[jt]s$/.test(file)) {
    try {
      transformSync(changed, { loader: 'ts', logLevel: 'silent' });
    } catch (cause) {
      throw new Problem(`${id}: with it, ${file} cannot be read.`, { cause });
    }
  }
  return changed;
}

/** A test that a fault keeps waiting has noticed it. */
const QUICKLY = ['--runInBand', '--forceExit', '--testTimeout=30000'];
/** A fault here is in the template. */
const STACK = /^(lib|bin)\//;

/** A copy of what git knows of the project, to put faults into. */
export class Copy {
  private readonly base = mkdtempSync(join(tmpdir(), 'session-backend-mutants-'));
  private readonly folder = join(this.base, 'project');
  /** Of the project without a fault. */
  private template?: Promise<string>;
  private running?: ChildProcess;

  constructor() {
    const known = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
    for (const file of known.toString().split('\0')) {
      if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(this.folder, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Runs its suites with a fault in the copy, and takes it out again. */
  async with(fault: Fault): Promise<Verdict> {
    const needsTemplate = suitesOf(fault.file).template;
    const isStack = needsTemplate && STACK.test(fault.file);
    // Made before the fault is there.
    if (needsTemplate && !isStack) await this.cleanTemplate();
    return this.during(fault, async () => {
      const template = isStack ? await this.synthesize('with-fault').catch(() => undefined) : await this.template;
      if (isStack && !template) return { passed: false, reported: false, failed: ['the synthesis of the stack'] };
      return this.run(suitesOf(fault.file).suites, template);
    });
  }

  /** Runs all suites with a fault in the copy, and takes it out again. */
  async allWith(fault: Fault): Promise<Verdict> {
    return this.during(fault, () => this.all());
  }

  /** The suites that fail without a fault: they need what a copy lacks, such as the history. */
  async failingAnyway(): Promise<readonly string[]> {
    const { failed, reported } = await this.all();
    if (!reported) throw new Problem(`Without a fault, all suites together end with ${failed}.`);
    return failed;
  }

  private async all(): Promise<Verdict> {
    return this.jest(['--testPathIgnorePatterns', 'test/browser'], { most: MOST_MS_OF_ALL });
  }

  private async during(fault: Fault, run: () => Promise<Verdict>): Promise<Verdict> {
    const file = join(this.folder, fault.file);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, textWith(fault, text));
    try {
      return await run();
    } finally {
      writeFileSync(file, text);
    }
  }

  /** Runs suites without a fault. @param needsTemplate whether some look at the template of the synthesized stack */
  async without(suites: readonly string[], needsTemplate: boolean): Promise<Verdict> {
    return this.run(suites, needsTemplate ? await this.cleanTemplate() : undefined);
  }

  private cleanTemplate(): Promise<string> {
    this.template ??= this.synthesize('clean');
    return this.template;
  }

  private async run(suites: readonly string[], template: string = this.base): Promise<Verdict> {
    return this.jest([...QUICKLY, ...suites], { synthesized: template });
  }

  private async jest(parameters: readonly string[], { synthesized = '', most = MOST_MS } = {}): Promise<Verdict> {
    const report = join(this.base, 'report.json');
    rmSync(report, { force: true });
    const jest = join('node_modules', 'jest', 'bin', 'jest.js');
    this.running = spawn(process.execPath, [jest, '--json', `--outputFile=${report}`, ...parameters], {
      cwd: this.folder,
      env: { ...process.env, SYNTHESIZED: synthesized },
      stdio: 'ignore',
      detached: true,
    });
    const timer = setTimeout(() => this.stop(), most);
    const [, signal] = await once(this.running, 'close');
    clearTimeout(timer);
    this.running = undefined;
    if (!existsSync(report)) {
      return { passed: false, reported: false, failed: [signal ? 'its time-out' : 'the end of its process'] };
    }
    const { success, testResults, numTotalTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    if (numTotalTestSuites === 0) throw new Error(`No suite is meant by ${parameters.join(' ')}.`);
    const failed = testResults.filter(({ status }: { status: string }) => status === 'failed');
    return {
      passed: success,
      reported: true,
      failed: failed.map(({ name }: { name: string }) => relative(this.folder, name)),
    };
  }

  /** Makes the template without the functions' bundles, which take most of the time. @returns its folder */
  private async synthesize(name: string): Promise<string> {
    const output = join(this.base, name);
    const { context } = JSON.parse(readFileSync(join(this.folder, 'cdk.json'), 'utf8'));
    const CDK_CONTEXT_JSON = JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] });
    rmSync(output, { recursive: true, force: true });
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
      cwd: this.folder,
      env: { ...process.env, CDK_OUTDIR: output, CDK_CONTEXT_JSON },
    });
    return output;
  }

  /** Ends what is running, with its own processes. */
  private stop(): void {
    const { pid, exitCode } = this.running ?? {};
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
  }

  remove(): void {
    this.stop();
    rmSync(this.base, { recursive: true, force: true });
  }
}
