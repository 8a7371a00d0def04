import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { runProgram } from '../support/command';
import { program, ROOT } from '../support/program';
import { changedAssembly } from '../support/stack';

const running = new Set<ChildProcess>();
const folder = () => mkdtempSync(join(tmpdir(), 'session-backend-data-'));

/** Starts `npm start`'s own program on the stack that the tests synthesized. */
async function start(options: { data: string; port?: number; databasePort?: number; assembly?: string }) {
  const { data, port = 0, databasePort = 0, assembly = process.env.SYNTHESIZED ?? '' } = options;
  const run = spawn(process.execPath, [await program('local/main.ts'), '--assembly', assembly], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), DYNAMODB_PORT: String(databasePort), DATA_DIR: data },
  });
  running.add(run);
  let said = '';
  let complained = '';
  run.stdout.on('data', (text) => {
    said += text;
  });
  run.stderr.on('data', (text) => {
    complained += text;
  });
  const ended = once(run, 'close').then(([code]) => ({ code, complained, said }));
  const ready = (async (): Promise<Pick<LocalStack, 'url' | 'apiUrl'>> => {
    while (!said.includes('Stop with Ctrl-C.')) {
      const over = await Promise.race([ended, sleep(20)]);
      if (over) throw new Error(`It ended: ${over.complained}`);
    }
    const apiUrl = `${/API +(\S+)/.exec(said)?.[1]}/`;
    return { apiUrl, url: new URL(apiUrl).origin };
  })();
  ready.catch(() => undefined);
  return { run, ready, ended };
}

afterEach(async () => {
  for (const run of running) {
    run.kill('SIGKILL');
    if (run.exitCode === null && run.signalCode === null) await once(run, 'close');
  }
  running.clear();
});

it('has every session that it acknowledged after kill -9 and a new start, and its tokens stay good', async () => {
  const data = folder();
  const first = await start({ data });
  const { url, apiUrl } = await first.ready;
  const port = Number(new URL(url).port);
  const devices = await Promise.all(
    Array.from({ length: 10 }, (_, index) => Device.register({ url, apiUrl } as LocalStack, `user-${index}`)),
  );
  first.run.kill('SIGKILL');
  await first.ended;
  await (await start({ data, port })).ready;
  for (const device of devices) expect((await device.list()).body.data[0].id).toBe(device.signInId);
});

describe('what the user can mend is one sentence and exit code 1:', () => {
  const sentence = (text: RegExp) => expect.stringMatching(new RegExp(`^Error: ${text.source}[^\\n]*\\n$`));

  it('a port in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const byPort = await (await start({ data: folder(), port })).ended;
    expect(byPort).toMatchObject({ code: 1, complained: sentence(/Port \d+, for the API, is in use.*PORT/) });
    const byDatabase = await (await start({ data: folder(), databasePort: port })).ended;
    expect(byDatabase).toMatchObject({
      code: 1,
      complained: sentence(/Port \d+, for the database, is in use.*DYNAMODB_PORT/),
    });
    taken.close();
  });

  it('a second run on the same folder', async () => {
    const data = folder();
    await (await start({ data })).ready;
    expect(await (await start({ data })).ended).toMatchObject({
      code: 1,
      complained: sentence(/\S+ is in use by another run/),
    });
  });

  it('a data folder that is none', async () => {
    const data = join(folder(), 'file');
    writeFileSync(data, 'not a folder');
    expect(await (await start({ data })).ended).toMatchObject({
      code: 1,
      complained: sentence(/\S+ cannot be used as the data folder/),
    });
  });

  it('keys that cannot be read', async () => {
    const data = folder();
    writeFileSync(join(data, 'issuer-keys.json'), '{');
    expect(await (await start({ data })).ended).toMatchObject({
      code: 1,
      complained: sentence(/\S+issuer-keys.json cannot be read/),
    });
  });

  it.each<[string, (resources: Record<string, any>) => void, RegExp]>([
    [
      'an unsupported resource',
      // Of the backend itself; what an app has beside it is left out.
      (all) =>
        Object.assign(
          Object.values(all).find(({ Type }) => Type === 'AWS::SNS::Topic'),
          { Type: 'AWS::EC2::VPC' },
        ),
      /The local run does not support the resource \w+: its type is AWS::EC2::VPC/,
    ],
    [
      'a missing environment variable',
      (all) => delete environmentOf(all, 'aerotage-logout-dev').SESSIONS_TABLE,
      /The function \w+ does not start: The environment variable SESSIONS_TABLE is missing/,
    ],
    [
      'an integration that is not served',
      (all) => Object.assign(methodOf(all, 'GET').Integration, { Type: 'HTTP' }),
      /The local run does not support the integration of the method/,
    ],
    [
      'an unknown function of the template language',
      (all) => Object.assign(environmentOf(all, 'aerotage-logout-dev'), { X: { 'Fn::Cidr': [] } }),
      /The local run does not support Fn::Cidr/,
    ],
  ])('%s', async (_, change, text) => {
    const assembly = changedAssembly(change);
    expect(await (await start({ data: folder(), assembly })).ended).toMatchObject({
      code: 1,
      complained: sentence(text),
    });
  });

  it('a flag that there is not, which is wrong usage', async () => {
    const { code, stderr } = await runProgram('node', ['bin/run.cjs', 'local/main.ts', '--memroy']);
    expect(stderr).toBe(`Error: Unknown option '--memroy' (did you mean "--memory"?). Add --help to see all flags.\n`);
    expect(code).toBe(2);
  });

  it('a flag that npm took for itself', async () => {
    const { code, stdout, stderr } = await runProgram('npm', ['start', '-s', '--memory']);
    expect(stderr).toContain('Write "--" before the flags: npm start -- --memory');
    expect([code, stdout]).toEqual([2, '']);
  });

  it('a port in use, which is said before the stack is synthesized', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const port = String((taken.address() as AddressInfo).port);
    for (const ports of [{ PORT: port }, { PORT: '0', DYNAMODB_PORT: port }]) {
      const outcome = await runProgram('node', ['bin/run.cjs', 'local/main.ts', '--memory'], ports);
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: sentence(/Port \d+, for the \w+, is in use/) });
    }
    taken.close();
  });
});

const environmentOf = (resources: Record<string, any>, name: string) =>
  Object.values(resources).find(({ Properties }) => Properties?.FunctionName === name).Properties.Environment.Variables;
const methodOf = (resources: Record<string, any>, name: string) =>
  Object.values(resources).find(({ Properties }) => Properties?.HttpMethod === name).Properties;

it('serves on loopback only: the description of the API too, and a page to read it that loads nothing from elsewhere', async () => {
  const { url } = await (await start({ data: folder() })).ready;
  const port = Number(new URL(url).port);
  expect((await send(`${url}/_local/health`)).status).toBe(200);
  // All of 127.0.0.0/8 is this machine: a server on all interfaces would answer at the second address too.
  await expect(send(`http://127.0.0.2:${port}/_local/health`)).rejects.toThrow('ECONNREFUSED');
  expect((await send(`${url}/_local/openapi.json`)).body.openapi).toBe('3.1.0');
  const page = await (await fetch(`${url}/_local/docs`)).text();
  expect(page).toContain("'/_local/openapi.json'");
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
});
