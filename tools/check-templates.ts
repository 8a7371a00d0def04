import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readFlags, runCommand } from '../command/command';
import { Problem } from '../command/problem';
import { SessionStack } from '../lib/session-stack';
import { type StageConfiguration, settleStage } from '../lib/stage';
import { ROOT, readContext } from '../local/assembly';
import { addExamples } from './example-stacks';
import { STAGE_SHAPES } from './stage-shapes';

/** W3005: CDK writes down dependencies that CloudFormation would find on its own. */
const IGNORED = ['--ignore-checks', 'W3005'];

/** `npm run check:templates`: synthesizes each shape, without credentials and network, and has it looked at. */
runCommand(async () => {
  readFlags(
    'Usage: npm run check:templates\n  Runs cdk-nag and cfn-lint on the stack of several stages, and on the examples.',
    {},
  );
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-check-'));
  try {
    const templates = Object.entries(STAGE_SHAPES).flatMap(([name, configuration]) =>
      synthesize(join(folder, name), (app) => addStage(app, name, configuration)),
    );
    templates.push(...synthesize(join(folder, 'examples'), addExamples));
    console.log(`cdk-nag: no unexplained finding in ${Object.keys(STAGE_SHAPES).join(', ')} and the examples`);
    await lint(templates);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function addStage(app: App, name: string, configuration: StageConfiguration): string[] {
  new SessionStack(app, 'Stack', { stage: settleStage(name, configuration) });
  return ['Stack'];
}

/**
 * @param add adds stacks to an app, and says their names
 * @returns the files of their templates
 */
function synthesize(outdir: string, add: (app: App) => string[]): string[] {
  const context = readContext(ROOT);
  // What is in the bundles is no matter of the template.
  const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const names = add(app);
  app.synth();
  return names.map((name) => join(outdir, `${name}.template.json`));
}

async function lint(templates: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('cfn-lint', ['--template', ...templates, ...IGNORED]);
    console.log('cfn-lint: clean');
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    // 127 is what a shim says that has no program behind it.
    if (stdout === undefined) throw error;
    if (code !== 'ENOENT' && code !== 127) throw new Problem(`cfn-lint found something:\n${stdout || stderr}`);
    console.log('cfn-lint: skipped: it is not installed (pip install cfn-lint)');
  }
}
