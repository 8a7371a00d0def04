import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { readAssembly } from '../../local/assembly';
import { close, listen } from '../../local/server';
import type { LocalStack, LocalStackOptions } from '../../local/stack';
import { newFolder, runCommand, withTable } from '../support/command';
import { program, ROOT } from '../support/program';
import { changedAssembly, startStack } from '../support/stack';

/** Items to import: enough to tell their table from an empty one. */
const COUNT = 7;
const portOf = (endpoint: string) => new URL(endpoint).port;

async function withStack(options: Partial<LocalStackOptions>, use: (stack: LocalStack) => Promise<void>) {
  const stack = await startStack(options);
  try {
    await use(stack);
  } finally {
    await stack.close();
  }
}

/** Something that is no database of ours; what was sent to it. */
async function withForeign(use: (port: number, received: readonly string[]) => Promise<void>) {
  const received: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    received.push(`${request.method} ${request.headers['x-amz-target'] ?? ''}`.trim());
    response.end('{}');
  });
  const port = await listen(server, 0, 'PORT', 'a test');
  try {
    await use(port, received);
  } finally {
    await close(server);
  }
}

function itemsFile(): string {
  const file = join(newFolder(), 'items.ndjson');
  const items = Array.from({ length: COUNT }, (_, index) => JSON.stringify({ sessionId: `s${index}`, userId: 'ada' }));
  writeFileSync(file, items.join('\n'));
  return file;
}

/** How many items the cleanup sees. */
async function seen(environment: Record<string, string>): Promise<number> {
  const { stdout, stderr } = await runCommand('cleanup', ['--dry-run', '--json'], environment);
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout).totalSessions;
}

it('a run’s database is found by its folder, on whatever port it is', async () => {
  const folder = newFolder();
  await withStack({ folder }, async () => {
    expect(await runCommand('import', [itemsFile()], { DATA_DIR: folder })).toMatchObject({ code: 0 });
    expect(await seen({ DATA_DIR: folder })).toBe(COUNT);
  });
  expect(existsSync(join(folder, 'database.json'))).toBe(false);
  expect(await seen({ DATA_DIR: folder })).toBe(COUNT);
});

it('the table is that of the stage that runs', async () => {
  const folder = newFolder();
  const prod = changedAssembly((resources) => {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type === 'AWS::DynamoDB::Table') Properties.TableName = Properties.TableName.replace(/-dev$/, '-prod');
    }
  });
  await withStack({ folder, assembly: readAssembly(prod) }, async () => {
    const { stdout } = await runCommand('import', [itemsFile()], { DATA_DIR: folder });
    expect(stdout).toBe(`${COUNT} items are in aerotage-user-sessions-prod.\n`);
  });
});

it('what listens on the database’s port and is not ours gets no operation', async () => {
  await withForeign(async (port, received) => {
    const environment = { DATA_DIR: newFolder(), DYNAMODB_PORT: String(port) };
    expect(await runCommand('import', [itemsFile()], environment)).toMatchObject({ code: 0 });
    expect(await seen(environment)).toBe(COUNT);
    expect(received.filter((request) => request !== 'GET')).toEqual([]);
  });
});

it('the run of another folder is not used, though it has the port', async () => {
  const [folder, other] = [newFolder(), newFolder()];
  await withStack({ folder: other }, async (stack) => {
    const environment = { DATA_DIR: folder, DYNAMODB_PORT: portOf(stack.databaseEndpoint) };
    await runCommand('import', [itemsFile()], environment);
    expect(await seen(environment)).toBe(COUNT);
    expect(await seen({ DATA_DIR: other })).toBe(0);
  });
});

it('a run in memory is used if it has the port and no run has the folder', async () => {
  await withStack({}, async (stack) => {
    const folder = newFolder();
    const environment = { DATA_DIR: folder, DYNAMODB_PORT: portOf(stack.databaseEndpoint) };
    const { stderr } = await runCommand('import', [itemsFile()], environment);
    expect(stderr).toContain('keeps its data in memory only');
    expect(await seen(environment)).toBe(COUNT);
    await withStack({ folder }, async () => expect(await seen(environment)).toBe(0));
  });
});

it('what a killed run has left in its folder confuses nobody', async () => {
  const folder = newFolder();
  await withForeign(async (port, received) => {
    const open = await program('local/database.ts');
    const code = `require('./${open}').openDatabase(${JSON.stringify(folder)}, 0).then(() => console.log('open'))`;
    const killed = spawn(process.execPath, ['-e', code], { cwd: ROOT });
    await once(killed.stdout, 'data');
    const exit = once(killed, 'exit');
    killed.kill('SIGKILL');
    await exit;
    expect(existsSync(join(folder, 'database.json'))).toBe(true);
    // Somebody else has its port meanwhile.
    writeFileSync(join(folder, 'database.json'), JSON.stringify({ id: 'a', endpoint: `http://127.0.0.1:${port}` }));
    expect(await runCommand('import', [itemsFile()], { DATA_DIR: folder })).toMatchObject({ code: 0 });
    expect(await seen({ DATA_DIR: folder })).toBe(COUNT);
    expect(received).toEqual([]);
  });
});

it('a folder in use by something that does not say where it is, is said in a sentence that names the variable', async () => {
  const folder = newFolder();
  await withTable(folder, async () => {
    rmSync(join(folder, 'database.json'));
    const outcome = await runCommand('import', [itemsFile()], { DATA_DIR: folder });
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: .* is in use by .* set DATA_DIR/),
    });
  });
});

it('a folder that was deleted below its run is said in a sentence', async () => {
  const folder = newFolder();
  await withStack({ folder, log: () => undefined }, async (stack) => {
    rmSync(folder, { recursive: true });
    const environment = { DATA_DIR: folder, DYNAMODB_PORT: portOf(stack.databaseEndpoint) };
    for (const again of [false, true]) {
      if (again) mkdirSync(folder);
      const outcome = await runCommand('import', [itemsFile()], environment);
      expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('has been deleted or replaced since') });
    }
  });
});
