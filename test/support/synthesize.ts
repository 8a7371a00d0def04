import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/assembly';

/** Synthesizes the stack once for all tests, where they find it by `SYNTHESIZED`. */
export default async function setUp(): Promise<void> {
  process.env.SYNTHESIZED = mkdtempSync(join(tmpdir(), 'session-backend-'));
  await synthesize(process.env.SYNTHESIZED);
}
