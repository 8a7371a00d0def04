import { execFile, execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from '../command/problem';
import { hashInputs, isMadeFrom, removeStamp, writeStamp } from './synthesized-state';

/** What comes with this program. */
export const HOME = join(__dirname, '..');
/** Whether it is the installed package, which brings everything built, and not the project. */
export const PACKAGED = existsSync(join(HOME, 'functions'));
/** Where the app and the data are. */
export const ROOT = PACKAGED ? process.cwd() : HOME;
export const OUTPUT = join(ROOT, 'cdk.out');

export interface Resource {
  readonly Type: string;
  // Templates are JSON of many shapes; each reader checks what it needs.
  readonly Properties: Record<string, any>;
}

/** A synthesized stack: its template, and where its assets lie. */
export interface Assembly {
  readonly resources: Readonly<Record<string, Resource>>;
  /** What the stack tells others, by the name of an export or a parameter of SSM: values as the template has them. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** The parameters of SSM that it reads: their names, by its own parameters. @default - none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Resources of the template that are not among these, and known here by name only. @default - none */
  readonly leftOut?: ReadonlySet<string>;
  /** @returns the folder of an asset, by the key that the template names */
  readonly assetPath: (key: string) => string;
}

/**
 * Synthesizes the stack with the CDK's own command line, as `cdk deploy` does.
 * @param output where to, a folder
 * @param stage which one of cdk.json
 */
export async function synthesize(output: string = OUTPUT, stage?: string): Promise<void> {
  // Not the shim in node_modules/.bin, which Windows cannot run.
  const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  try {
    await promisify(execFile)(
      process.execPath,
      [cdk, 'synth', '--quiet', '--output', output, ...(stage ? ['--context', `stage=${stage}`] : [])],
      {
        cwd: ROOT,
        maxBuffer: 16 * 1024 * 1024,
      },
    );
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Problem(`The stack could not be synthesized: ${reasonIn(stderr) ?? message}`);
  }
}

/** What the stack's own program has said, without what CDK's command line adds to it. */
export function reasonIn(stderr = ''): string | undefined {
  const [, said] = /^\S*Error: (.*)$/m.exec(stderr) ?? [];
  return said;
}

/**
 * Synthesizes an app by its own command, such as `npx tsx bin/app.ts`, with the context of its cdk.json.
 * @returns the folder of what it has synthesized
 */
export function synthesizeApp(command: string): string {
  const context = JSON.stringify(readContext(process.cwd()));
  const env = { ...process.env, CDK_OUTDIR: OUTPUT, CDK_CONTEXT_JSON: context };
  try {
    execSync(command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    throw new Problem(
      `${command} could not synthesize the app: ${reasonIn(stderr?.toString()) ?? stderr?.toString().trim()}`,
    );
  }
  return OUTPUT;
}

/** The context in a folder's cdk.json; empty if there is none. */
export function readContext(folder: string): Record<string, any> {
  const file = join(folder, 'cdk.json');
  return (existsSync(file) && readJson(file).context) || {};
}

/** Where a stage is synthesized. The one that is deployed by default has CDK's own folder. */
export const outputOf = (stage?: string): string => (stage ? `${OUTPUT}.${stage}` : OUTPUT);

/**
 * Synthesizes the project's stack, if anything has changed since that was done last.
 * @param onSynthesis called before it is synthesized, which takes seconds
 */
export async function synthesizeIfChanged(onSynthesis: () => void, stage?: string): Promise<void> {
  const inputs = hashInputs(ROOT);
  const output = outputOf(stage);
  if (isMadeFrom(inputs, output)) return;
  onSynthesis();
  removeStamp(output);
  await synthesize(output, stage);
  // What was changed meanwhile may be in it or not.
  if (hashInputs(ROOT) === inputs) writeStamp(inputs, output);
}

/** Reads the stack that was synthesized into a folder. */
export function readAssembly(folder: string = OUTPUT): Assembly {
  const stacks = stacksIn(folder);
  if (stacks.length !== 1) throw new Problem(`The local run serves one stack; ${folder} has ${stacks.length}.`);
  return readStack(folder, stacks[0].properties.templateFile);
}

/** The stacks that were synthesized into a folder, as its manifest has them. */
export function stacksIn(folder: string): any[] {
  if (!existsSync(join(folder, 'manifest.json'))) throw new Problem(`There is no synthesized app in ${folder}.`);
  const { artifacts } = readJson(join(folder, 'manifest.json'));
  return Object.values<any>(artifacts).filter(({ type }) => type === 'aws:cloudformation:stack');
}

/** Reads one stack, by the name of its template. */
export function readStack(folder: string, templateFile: string): Assembly {
  const { Resources, Outputs = {}, Parameters = {} } = readJson(join(folder, templateFile));
  return {
    resources: Object.fromEntries(
      Object.entries<any>(Resources).map(([id, { Type, Properties = {} }]) => [id, { Type, Properties }]),
    ),
    exports: Object.fromEntries([
      ...Object.values<any>(Outputs).flatMap(({ Export, Value }) => (Export ? [[Export.Name, Value]] : [])),
      ...Object.values<any>(Resources).flatMap(({ Type, Properties }) =>
        Type === 'AWS::SSM::Parameter' ? [[Properties.Name, Properties.Value]] : [],
      ),
    ]),
    parameters: Object.fromEntries(
      Object.entries<any>(Parameters).flatMap(([id, { Type, Default }]) =>
        Type === 'AWS::SSM::Parameter::Value<String>' ? [[id, Default]] : [],
      ),
    ),
    assetPath: (key) => resolve(folder, `asset.${key.replace(/\.zip$/, '')}`),
  };
}

export function readJson(file: string) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`);
  }
}
