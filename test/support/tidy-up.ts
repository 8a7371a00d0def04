import { rmSync } from 'node:fs';

/** Deletes what the tests have put aside. */
export default function tidyUp(): void {
  if (process.env.SYNTHESIZED && process.env.TMPDIR) rmSync(process.env.TMPDIR, { recursive: true, force: true });
}
