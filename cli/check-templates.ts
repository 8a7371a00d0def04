import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { SessionStack } from '../lib/session-stack';
import { type StageConfiguration, settleStage } from '../lib/stage';
import { readFlags, runCommand } from '../local/command';
import { Problem } from '../local/problem';

const ROOT = join(__dirname, '..');

/** The shapes that the stack can have: its own table and pool, kept or not, and a team's own. */
const STAGES: Readonly<Record<string, StageConfiguration>> = {
  dev: {},
  prod: { alarmEmail: 'on-call@example.com' },
  console: { console: {} },
  existing: {
    sessionsTable: {
      name: 'sessions-of-old',
      streamArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions-of-old/stream/2026-01-01T00:00:00.000',
    },
    userPool: { id: 'eu-west-1_AbCdEfGhI', clientIds: ['4example5client6id'] },
    allowedOrigins: ['https://app.example.com', 'https://admin.example.com'],
    authorizerCacheSeconds: 60,
    console: {
      domain: {
        name: 'sessions.example.com',
        certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef',
      },
      signIn: { domain: 'https://sign-in.example.com', clientId: '4example5client6id' },
    },
  },
};

/** W3005: CDK writes down dependencies that CloudFormation would find by itself. */
const IGNORED = ['--ignore-checks', 'W3005'];

/** `npm run check:templates`: synthesizes each shape, without credentials and network, and has it looked at. */
runCommand(async () => {
  readFlags('Usage: npm run check:templates\n  Runs cdk-nag and cfn-lint on the stack of several stages.', {});
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-check-'));
  try {
    const templates = Object.entries(STAGES).map(([name, configuration]) => synthesize(folder, name, configuration));
    console.log(`cdk-nag: no unexplained finding in ${Object.keys(STAGES).join(', ')}`);
    await lint(templates);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** @returns the template's file */
function synthesize(folder: string, name: string, configuration: StageConfiguration): string {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const outdir = join(folder, name);
  // What is in the bundles is no matter of the template.
  const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  new SessionStack(app, 'Stack', { stage: settleStage(name, configuration) });
  app.synth();
  return join(outdir, 'Stack.template.json');
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
