import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalStack } from '../../local/stack';
import { Device, send } from '../support/api';
import { authorizerOf } from '../support/guard';
import { startStack } from '../support/stack';

const ROOT = join(__dirname, '..', '..');
let stack: LocalStack;
const servers: ChildProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ log: () => undefined });
});
afterAll(async () => {
  for (const server of servers) server.kill();
  await stack.close();
});

/** Starts a server on a free port. @returns its address */
async function start(command: string, parameters: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const server = spawn(command, parameters, { cwd: ROOT, env: { ...process.env, ...env, PORT: '0' } });
  servers.push(server);
  let said = '';
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /^Listening on (.*)$/.exec(line)?.[1];
    if (address) return `http://127.0.0.1:${JSON.parse(address).port}`;
  }
  throw new Error(`The server did not start: ${said}`);
}

const SERVERS: Readonly<Record<string, () => Promise<string>>> = {
  'an Express server with the guard': () =>
    start(process.execPath, ['--import', 'tsx', 'examples/express-server/server.ts'], authorizerOf(stack).env),
  'a Python server that asks GET /session': () =>
    start('python3', ['examples/python-server/server.py'], { SESSIONS_URL: stack.apiUrl }),
};

describe.each(Object.entries(SERVERS))('%s', (name, startServer) => {
  let url: string;
  beforeAll(async () => {
    url = await startServer();
  });
  const orders = (token?: string) =>
    send(`${url}/orders`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

  it('serves a live session, and refuses it at its next request once it has ended', async () => {
    const device = await Device.register(stack, name);
    const other = await Device.register(stack, name);
    for (const token of [device.accessToken, device.idToken]) {
      expect(await orders(token)).toMatchObject({ status: 200, body: { orders: [], of: device.userId } });
    }
    await other.end(device.signInId);
    const { status, headers, body } = await orders(device.accessToken);
    expect([status, headers['content-type']]).toEqual([401, 'application/json']);
    expect(body).toMatchObject({ success: false, error: { code: 'SESSION_ENDED', details: { reason: 'ended' } } });
    expect((await orders(other.accessToken)).status).toBe(200);
  });

  it('refuses whoever has no token, or a session that was never registered', async () => {
    expect(await orders()).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHORIZED' } } });
    expect(await orders('a.b.c')).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHORIZED' } } });
    const unregistered = await Device.signIn(stack, name);
    expect(await orders(unregistered.accessToken)).toMatchObject({
      status: 401,
      body: { error: { code: 'SESSION_ENDED', details: { reason: 'never-registered' } } },
    });
  });
});

it('both servers let nobody in when the database does not answer', async () => {
  const device = await Device.register(stack, 'grace');
  // A port that nothing listens on.
  const nowhere = 'http://127.0.0.1:9';
  const silent = [
    await start(process.execPath, ['--import', 'tsx', 'examples/express-server/server.ts'], {
      ...authorizerOf(stack).env,
      AWS_ENDPOINT_URL_DYNAMODB: nowhere,
    }),
    await start('python3', ['examples/python-server/server.py'], { SESSIONS_URL: nowhere }),
  ];
  for (const url of silent) {
    const reply = await send(`${url}/orders`, { headers: { authorization: `Bearer ${device.idToken}` } });
    expect(reply).toMatchObject({ status: 503, body: { error: { code: 'TRY_AGAIN' } } });
  }
});
