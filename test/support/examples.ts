import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AppSyncExample } from '../../examples/app-sync/stack';
import { GuardedFunctionExample } from '../../examples/guarded-function/stack';
import { HttpApiExample } from '../../examples/http-api/stack';
import { RestApiExample } from '../../examples/rest-api/stack';
import { WebSocketExample } from '../../examples/web-socket/stack';
import { type Assembly, readAssembly } from '../../local/assembly';

const EXAMPLES = { RestApiExample, HttpApiExample, WebSocketExample, AppSyncExample, GuardedFunctionExample };

const done = new Map<string, Assembly>();

/** An example as it stands, with the bundles of its functions: another stack of this account. Synthesized once. */
export function synthesizeExample(name: keyof typeof EXAMPLES): Assembly {
  const known = done.get(name);
  if (known) return known;
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'session-backend-example-')) });
  new EXAMPLES[name](app, 'Example');
  const assembly = readAssembly(app.synth().directory);
  done.set(name, assembly);
  return assembly;
}
