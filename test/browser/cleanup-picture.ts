import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawTerminal, record } from './terminal';

const DATA = join(__dirname, '..', 'data');
/** So often the sessions of the test data, so that there is something to see. */
const COPIES = 10;

/** Cleans up a table of 20,000 sessions as a person does, and draws what the terminal shows. */
export async function cleanupPicture(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'session-backend-cleanup-'));
  const env: NodeJS.ProcessEnv = { ...process.env, DATA_DIR: join(folder, 'data'), DYNAMODB_PORT: '0' };
  // What npm was started with is its own business: warnings about it belong into no picture.
  for (const name of Object.keys(env)) if (/^npm_config_/i.test(name)) delete env[name];
  env.NPM_CONFIG_USERCONFIG = join(folder, 'npmrc');
  try {
    const file = join(folder, 'sessions.ndjson');
    writeFileSync(file, sessions());
    await promisify(execFile)('npm', ['run', '-s', 'import', '--', file], { env });
    const command = 'npm run -s cleanup';
    return drawTerminal('npm run cleanup, as its terminal shows it', command, await record(command, env));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The test data, its times moved so that its now is now. */
function sessions(): string {
  const { now } = JSON.parse(readFileSync(join(DATA, 'legacy-sessions.expected.json'), 'utf8'));
  const later = Date.now() - Date.parse(now);
  const text = readFileSync(join(DATA, 'legacy-sessions.ndjson'), 'utf8')
    .trimEnd()
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => new Date(Date.parse(time) + later).toISOString());
  return Array.from({ length: COPIES }, (_, copy) =>
    text.replace(/"sessionId":"([^"]+)"/g, (_all, id) => `"sessionId":"${id}-${copy}"`),
  ).join('\n');
}
