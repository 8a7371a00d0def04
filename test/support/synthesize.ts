import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/assembly';
import { builtConsole } from '../../local/console';

/**
 * Synthesizes the stack once for all tests, where they find it by `SYNTHESIZED`, and builds the console: no test
 * builds it while another reads it. `SYNTHESIZED=FOLDER` names a stack that is there already, or any folder for suites
 * that need none: they start at once.
 */
export default async function setUp(): Promise<void> {
  // All that the tests put aside, in one folder that goes when they have ended.
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'session-backend-'));
  if (process.env.SYNTHESIZED) return;
  process.env.SYNTHESIZED = mkdtempSync(join(tmpdir(), 'stack-'));
  await Promise.all([synthesize(process.env.SYNTHESIZED), builtConsole()]);
}
