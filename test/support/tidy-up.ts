import { rmSync } from 'node:fs';
import type { SetUp } from './synthesize';

/** Ends what `synthesize.ts` has started, and deletes what the tests have written. */
export default function tidyUp(): void {
  const { folders, synthesizer } = (globalThis as unknown as { setUp: SetUp }).setUp;
  synthesizer?.kill();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
